/* SPDX-License-Identifier: MIT */
/*
 * Text files, whole.
 */
#ifndef MSIM_CLI_TEXTFILE_H
#define MSIM_CLI_TEXTFILE_H

/* To be freed; NULL after a message on stderr. "-" is the standard input. */
char *textfile_read(const char *file);

#endif /* MSIM_CLI_TEXTFILE_H */
