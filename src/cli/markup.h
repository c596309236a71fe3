/* SPDX-License-Identifier: MIT */
/*
 * Text inside JSON and SVG, and numbers for people.
 */
#ifndef MSIM_CLI_MARKUP_H
#define MSIM_CLI_MARKUP_H

#include <stdio.h>

/* A string with its quotes. */
void markup_json(FILE *out, const char *text);

/* Text between tags, or between the quotes of an attribute. */
void markup_xml(FILE *out, const char *text);

/* A number as JSON has it: the shortest that reads back the same. */
void markup_json_number(FILE *out, double number);

/* 12,345 or 0.652: whole where it is, else three figures at least. */
#define MARKUP_NUMBER_BYTES 64
const char *markup_number(double number, char text[MARKUP_NUMBER_BYTES]);

#endif /* MSIM_CLI_MARKUP_H */
