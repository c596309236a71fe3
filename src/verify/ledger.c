/* SPDX-License-Identifier: MIT */
/*
 * Owns the hands of all actors. Called by verify/steps when an actor stops. Holds I-COUNTER,
 * I-FAIL-UNDO, I-REF-OBJCG, I-REF-CSS, I-REF-ID, I-SWAP, I-PAGES and I-LIMIT at every step that
 * others can see.
 *
 *   counted = recorded + what is in hands                              (by construction)
 *   what an actor has in its hand >= 0, unless it holds certain locks  (it took no other's)
 *   what an actor has in its hand = 0 between operations               (it lost nothing)
 *
 * The second is about the order of things: charged before recorded, no longer recorded before
 * uncharged. Who holds a CPU's lock may do it the other way round, as in the kernel: nobody else gets
 * at the stock meanwhile. So may who holds a page's: a migration writes the new page's word, and then
 * clears the old one's.
 */
#include "verify/ledger.h"

#include <stdio.h>
#include <string.h>

#include "cgroup/cgroup.h"

#define PAGE_BYTES ((long)MEMCGSIM_PAGE_SIZE)

static const char *const account_names[2][MSIM_NR_ACCOUNTS] = {
	{ [MSIM_ACCOUNT_REFS] = "I-REF-OBJCG" },
	{ "I-COUNTER", "I-REF-CSS", "I-REF-ID", "I-MEMSW", "I-SWAP" },
};

static const char *const account_units[MSIM_NR_ACCOUNTS] = {
	"bytes charged", "references", "references on the id", "bytes of memory and swap",
	"slots of swap",
};

bool msim_ledger_open(struct msim_ledger *ledger, struct memcgsim *machine)
{
	return msim_recount_open(&ledger->count, machine) &&
	       msim_recount_open(&ledger->first, machine);
}

void msim_ledger_close(struct msim_ledger *ledger)
{
	msim_recount_close(&ledger->count);
	msim_recount_close(&ledger->first);
}

/* One count becomes what another is. */
static void copy(struct msim_recount *to, const struct msim_recount *from)
{
	to->tour = from->tour;
	to->nr_parties = from->nr_parties;
	to->full = from->full;
	to->allocated = from->allocated;
	to->nowhere = from->nowhere;
	memcpy(to->parties, from->parties, from->nr_parties * sizeof(*from->parties));
	memcpy(to->hash, from->hash, sizeof(from->hash));
	memcpy(to->charged, from->charged, from->nr_words * sizeof(*from->charged));
}

void msim_ledger_begin(struct msim_ledger *ledger)
{
	struct msim_recount *count = &ledger->count;

	memset(ledger->hand, 0, count->nr_parties * sizeof(ledger->hand[0]));
	if (ledger->has_first) {
		copy(count, &ledger->first);
	} else {
		msim_recount_find(count);
		msim_recount_take(count);
		copy(&ledger->first, count);
		ledger->has_first = true;
	}
	memset(ledger->frames, 0, sizeof(ledger->frames));
	ledger->last_nowhere = count->nowhere;
	for (unsigned int i = 0; i < count->nr_parties; i++)
		memcpy(ledger->last[i], count->parties[i].balance, sizeof(ledger->last[i]));
}

static const char *name_of(const struct msim_party *party)
{
	const struct memcgsim_mem_cgroup *memcg =
		party->is_memcg ? party->key
				: ((const struct memcgsim_obj_cgroup *)party->key)->memcg;

	if (!memcg->parent)
		return "/";
	return memcg->cgroup ? memcg->cgroup->name : "a new cgroup";
}

static const char *complain(struct msim_ledger *ledger, unsigned int i, unsigned int account,
			    long found, const char *what)
{
	const struct msim_party *party = &ledger->count.parties[i];

	snprintf(ledger->text, sizeof(ledger->text), "%s does not hold for %s: %ld %s %s",
		 account_names[party->is_memcg][account], name_of(party), found,
		 account_units[account], what);
	return ledger->text;
}

/* What is the matter with what the actor has in its hand. */
static const char *judge(struct msim_ledger *ledger, unsigned int i, unsigned int account,
			 long hand, bool settled, bool idle)
{
	if (hand > 0 && idle)
		return complain(ledger, i, account, hand, "are nowhere recorded any more");
	if (hand < 0 && (idle || settled))
		return complain(ledger, i, account, -hand,
				"were given back that are recorded still");
	return NULL;
}

/*
 * What the things of a subtree are charged never exceeds its limit but for what was forced:
 * speculative charges are in hands. One who is giving back may have a thing recorded twice.
 */
static const char *check_limit(struct msim_ledger *ledger, unsigned int i)
{
	const struct msim_party *party = &ledger->count.parties[i];
	const struct memcgsim_mem_cgroup *memcg = party->key;
	long bytes = party->bytes;

	if (party->tour != ledger->count.tour || !party->is_memcg ||
	    !party->open[MSIM_ACCOUNT_BYTES] ||
	    memcg->memory.max >= MSIM_PAGE_COUNTER_MAX - memcg->memory.forced)
		return NULL;
	for (unsigned int actor = 0; actor < MSIM_ACTORS; actor++) {
		if (ledger->hand[i][MSIM_ACCOUNT_BYTES][actor] < 0)
			bytes += ledger->hand[i][MSIM_ACCOUNT_BYTES][actor];
	}
	if (bytes <= (memcg->memory.max + memcg->memory.forced) * PAGE_BYTES)
		return NULL;
	snprintf(ledger->text, sizeof(ledger->text),
		 "I-LIMIT does not hold for %s: %ld bytes are charged, the limit is %ld pages",
		 name_of(party), bytes, memcg->memory.max);
	return ledger->text;
}

/* Whatever the actor has done to one party. */
static const char *settle(struct msim_ledger *ledger, unsigned int i, unsigned int actor,
			  bool settled, bool idle)
{
	const struct msim_party *party = &ledger->count.parties[i];
	const char *wrong = NULL;

	for (unsigned int account = 0; account < MSIM_NR_ACCOUNTS; account++) {
		long *hand = ledger->hand[i][account];

		if (party->tour != ledger->count.tour || !party->open[account]) {
			memset(hand, 0, sizeof(ledger->hand[i][account]));
			ledger->last[i][account] = 0;
			continue;
		}
		hand[actor] += party->balance[account] - ledger->last[i][account];
		ledger->last[i][account] = party->balance[account];
		if (!wrong)
			wrong = judge(ledger, i, account, hand[actor], settled, idle);
	}
	return wrong;
}

static unsigned int index_of(const struct msim_party *party)
{
	if (party->is_memcg)
		return ((const struct memcgsim_mem_cgroup *)party->key)->ref.index;
	return ((const struct memcgsim_obj_cgroup *)party->key)->ref.index;
}

/* Per-CPU counters of references are recycled: who is new has got none that somebody has still. */
static const char *check_index(const struct msim_recount *count, unsigned int fresh)
{
	unsigned int index = index_of(&count->parties[fresh]);

	for (unsigned int i = 0; i < fresh && index; i++) {
		if (count->parties[i].tour == count->tour && index_of(&count->parties[i]) == index)
			return "I-FREE-ONCE does not hold: two count references in one place";
	}
	return NULL;
}

/* Each frame is in one place, or on its way in somebody's hand. */
static const char *settle_frames(struct msim_ledger *ledger, unsigned int actor, bool settled,
				 bool idle)
{
	const struct msim_recount *count = &ledger->count;
	long *hand = &ledger->frames[actor];

	*hand += count->nowhere - ledger->last_nowhere;
	ledger->last_nowhere = count->nowhere;
	if (idle ? *hand == 0 : *hand >= 0 || !settled || count->machine->zone.lock.locked)
		return NULL;
	snprintf(ledger->text, sizeof(ledger->text), "I-PAGES does not hold: %ld frames are %s",
		 *hand > 0 ? *hand : -*hand, *hand > 0 ? "nowhere" : "in two places");
	return ledger->text;
}

const char *msim_ledger_look(struct msim_ledger *ledger, unsigned int actor, bool settled,
			     bool idle)
{
	struct msim_recount *count = &ledger->count;
	unsigned int nr_before = count->nr_parties;
	const char *wrong;

	msim_recount_take(count);
	if (count->full)
		return NULL;
	if (count->nr_parties > nr_before) {
		memset(ledger->last[nr_before], 0,
		       (count->nr_parties - nr_before) * sizeof(ledger->last[0]));
		memset(ledger->hand[nr_before], 0,
		       (count->nr_parties - nr_before) * sizeof(ledger->hand[0]));
	}
	wrong = count->wrong;
	for (unsigned int i = nr_before; i < count->nr_parties && !wrong; i++)
		wrong = check_index(count, i);
	if (!wrong)
		wrong = settle_frames(ledger, actor, settled, idle);
	for (unsigned int i = 0; i < count->nr_parties; i++) {
		const char *here = settle(ledger, i, actor, settled, idle);

		if (!wrong)
			wrong = here;
	}
	/* Who sets a limit holds the mutex, and is not done before it is free. */
	for (unsigned int i = 0; !wrong && i < count->nr_parties; i++) {
		if (!count->machine->cgroup_mutex.locked)
			wrong = check_limit(ledger, i);
	}
	return wrong;
}
