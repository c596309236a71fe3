/* SPDX-License-Identifier: MIT */
/*
 * Output that is lost is an error.
 */
#ifndef MSIM_CLI_OUTPUT_H
#define MSIM_CLI_OUTPUT_H

/* The program's last act: its exit status, which is 2 if the output could not be written. */
int output_end(int status);

#endif /* MSIM_CLI_OUTPUT_H */
