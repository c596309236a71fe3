/* SPDX-License-Identifier: MIT */
/*
 * A count of what is charged and who refers to whom, taken from the things themselves, that is exact
 * at every schedule point: the census of a machine in motion. It is taken millions of times, so it
 * knows where to look: a bitmap of the pages that are charged is kept from schedule to schedule.
 */
#ifndef MSIM_VERIFY_RECOUNT_H
#define MSIM_VERIFY_RECOUNT_H

#include "types.h"

#define MSIM_PARTIES	64
#define MSIM_PARTY_HASH 256
#define MSIM_WORD_BITS	(8 * sizeof(unsigned long))

/* What is counted of a party. */
enum msim_account {
	MSIM_ACCOUNT_BYTES, /* memcg: its counter, and what its subtree's things are charged */
	MSIM_ACCOUNT_REFS,  /* its references, and who holds them */
	MSIM_ACCOUNT_ID,    /* memcg: those on its id */
	MSIM_ACCOUNT_MEMSW, /* memcg, v1: as BYTES, of memory and swap together */
	MSIM_ACCOUNT_SWAP,  /* memcg: its swap counter, and the slots that name its subtree */
	MSIM_NR_ACCOUNTS,
};

/* A memcg or an objcg. */
struct msim_party {
	const void *key;
	bool is_memcg;
	bool open[MSIM_NR_ACCOUNTS]; /* whether the account says anything */
	unsigned long tour;	     /* the last one that met it */
	long bytes;		     /* that its things are charged; memcg: its subtree's */
	long memsw_bytes;	     /* memcg, v1: of memory and swap together */
	long holders;
	long id_holders;
	long swap_slots;		/* memcg: its subtree's, but for the root's own */
	long balance[MSIM_NR_ACCOUNTS]; /* what is counted, less what is there */
};

struct msim_recount {
	struct memcgsim *machine;
	unsigned long tour;
	unsigned int nr_parties;
	bool full;	   /* more parties than there is room for: nothing is said any more */
	const char *wrong; /* what no machine may look like at any time; or NULL */
	struct msim_party nobody; /* who is named and is no party */
	struct msim_party parties[MSIM_PARTIES];
	unsigned char hash[MSIM_PARTY_HASH]; /* 1 + index; 0: none */
	unsigned long *charged;		     /* a bit for each frame whose word is not 0 */
	size_t nr_words;
	long allocated; /* frames of blocks that somebody has a reference on */
	long nowhere;	/* frames that are neither allocated, nor on a list, nor never used */
};

/* False without memory. */
bool msim_recount_open(struct msim_recount *count, struct memcgsim *machine);
void msim_recount_close(struct msim_recount *count);

/* Looks at every frame's word. */
void msim_recount_find(struct msim_recount *count);

/* One of a frame's words has been written, where @old was. */
void msim_recount_wrote(struct msim_recount *count, const struct memcgsim_page *page,
			const volatile void *word, uint64_t old);

/* Takes the count: parties of this tour have new balances. */
void msim_recount_take(struct msim_recount *count);

/* NULL: nobody has met it. */
struct msim_party *msim_recount_of(struct msim_recount *count, const void *key);

#endif /* MSIM_VERIFY_RECOUNT_H */
