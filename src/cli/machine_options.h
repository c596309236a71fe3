/* SPDX-License-Identifier: MIT */
/*
 * The options of every verb that makes a machine: --profile, --cpus, --memory, --child-cost,
 * --stock-batch, --no-byte-stock, --pcp-high.
 */
#ifndef MSIM_CLI_MACHINE_OPTIONS_H
#define MSIM_CLI_MACHINE_OPTIONS_H

#include <argp.h>

#include <memcgsim/memcgsim.h>

/* As a child parser; its input is the struct memcgsim_config, filled by machine_options_init(). */
extern const struct argp machine_options;

/* The defaults of a rig that is to answer as the recordings' kernel did. */
void machine_options_init(struct memcgsim_config *config);

/* Prints, each after a space, the options that make such a machine of the default one. */
void machine_options_print(const struct memcgsim_config *config);

#endif /* MSIM_CLI_MACHINE_OPTIONS_H */
