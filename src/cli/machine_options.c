/* SPDX-License-Identifier: MIT */
/*
 * Owns the options that describe a machine.
 */
#include "cli/machine_options.h"

#include <stdio.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/rig.h"

enum {
	OPTION_PROFILE = 0x100,
	OPTION_CPUS,
	OPTION_MEMORY,
	OPTION_CHILD_COST,
	OPTION_STOCK_BATCH,
	OPTION_NO_BYTE_STOCK,
	OPTION_PCP_HIGH
};

static const struct argp_option options[] = {
	{ "profile", OPTION_PROFILE, "KERNEL", 0,
	  "kernel version to behave as (v6.12); what is none is answered with the list", 0 },
	{ "cpus", OPTION_CPUS, "N", 0, "simulated CPUs (1)", 0 },
	{ "memory", OPTION_MEMORY, "MIB", 0, "size of the machine in MiB (512)", 0 },
	{ "child-cost", OPTION_CHILD_COST, "BYTES", 0,
	  "what each new memcg costs its parent (7288, as on the kernel of the recordings)", 0 },
	{ "stock-batch", OPTION_STOCK_BATCH, "PAGES", 0,
	  "pages a CPU charges ahead (64); 0 for none", 0 },
	{ "no-byte-stock", OPTION_NO_BYTE_STOCK, 0, 0, "charge no bytes of objects ahead", 0 },
	{ "pcp-high", OPTION_PCP_HIGH, "PAGES", 0,
	  "free pages a CPU keeps for itself (252); 0 for none", 0 },
	{ 0 },
};

/* The profile of that name; ends the program, naming them all, if there is none. */
static const char *profile(const struct argp_state *state, const char *name)
{
	char names[512] = ""; /* a table's worth of short names */
	size_t length = 0;

	for (unsigned int i = 0; memcgsim_profile_name(i) && length < sizeof(names); i++) {
		const char *known = memcgsim_profile_name(i);

		if (!strcmp(name, known))
			return known;
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
					   i ? " or " : "", known);
	}
	argp_error(state, "--profile: expected %s, found '%s'", names, name);
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct memcgsim_config *config = state->input;

	switch (key) {
	case OPTION_PROFILE:
		config->profile = profile(state, arg);
		return 0;
	case OPTION_CPUS:
		config->nr_cpus =
			(unsigned int)option_number(state, "cpus", arg, 1, MEMCGSIM_MAX_CPUS);
		return 0;
	case OPTION_MEMORY:
		config->nr_pages = option_number(state, "memory", arg, 1, 1UL << 30) * (1UL << 20) /
				   MEMCGSIM_PAGE_SIZE;
		return 0;
	case OPTION_CHILD_COST:
		config->child_cost_bytes = option_number(state, "child-cost", arg, 0, 1UL << 20);
		if (config->child_cost_slab_bytes > config->child_cost_bytes)
			config->child_cost_slab_bytes = config->child_cost_bytes;
		config->child_cost_percpu_bytes =
			config->child_cost_bytes - config->child_cost_slab_bytes;
		return 0;
	case OPTION_STOCK_BATCH:
		config->stock_batch_pages = (unsigned int)option_number(state, "stock-batch", arg,
									0, MEMCGSIM_CHARGE_BATCH);
		return 0;
	case OPTION_NO_BYTE_STOCK:
		config->no_byte_stock = true;
		return 0;
	case OPTION_PCP_HIGH:
		config->pcp_high_pages =
			(unsigned int)option_number(state, "pcp-high", arg, 0, 1UL << 20);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp machine_options = { .options = options, .parser = parse };

void machine_options_init(struct memcgsim_config *config)
{
	memcgsim_config_init(config);
	config->child_cost_bytes = RIG_CHILD_COST_BYTES;
	config->child_cost_slab_bytes = RIG_CHILD_COST_SLAB_BYTES;
	config->child_cost_percpu_bytes = RIG_CHILD_COST_PERCPU_BYTES;
}

void machine_options_print(const struct memcgsim_config *config)
{
	struct memcgsim_config usual;

	machine_options_init(&usual);
	if (strcmp(config->profile, usual.profile))
		printf(" --profile %s", config->profile);
	if (config->nr_cpus != usual.nr_cpus)
		printf(" --cpus %u", config->nr_cpus);
	if (config->nr_pages != usual.nr_pages)
		printf(" --memory %lu", config->nr_pages * MEMCGSIM_PAGE_SIZE / (1UL << 20));
	if (config->child_cost_bytes != usual.child_cost_bytes)
		printf(" --child-cost %lu", config->child_cost_bytes);
	if (config->stock_batch_pages != usual.stock_batch_pages)
		printf(" --stock-batch %u", config->stock_batch_pages);
	if (config->no_byte_stock != usual.no_byte_stock)
		printf(" --no-byte-stock");
	if (config->pcp_high_pages != usual.pcp_high_pages)
		printf(" --pcp-high %u", config->pcp_high_pages);
}
