/* SPDX-License-Identifier: MIT */
/*
 * Output that is lost is an error.
 */
#ifndef MSIM_CLI_OUTPUT_H
#define MSIM_CLI_OUTPUT_H

/* Sees to it that the program ends with exit code 2 if its standard output could not be written. */
void output_watch(void);

#endif /* MSIM_CLI_OUTPUT_H */
