/* SPDX-License-Identifier: MIT */
/*
 * Owns how text and numbers are written for programs, and numbers for people.
 */
#include "cli/markup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void markup_json(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

void markup_xml(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

void markup_json_number(FILE *out, double number)
{
	char text[MARKUP_NUMBER_BYTES];

	if (number == floor(number) && fabs(number) < 1e15) {
		fprintf(out, "%.0f", number);
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	fputs(text, out);
}

/* How many digits stand behind the point, so that three figures are seen. */
static int decimals_of(double number)
{
	double size = fabs(number);

	if (size == floor(size) || size >= 100)
		return 0;
	return size >= 10 ? 1 : size >= 1 ? 2 : 3;
}

const char *markup_number(double number, char text[MARKUP_NUMBER_BYTES])
{
	char digits[MARKUP_NUMBER_BYTES / 2];
	char *out = text;
	size_t whole;

	snprintf(digits, sizeof(digits), "%.*f", decimals_of(number), fabs(number));
	whole = strcspn(digits, ".");
	if (number < 0)
		*out++ = '-';
	for (size_t i = 0; digits[i]; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}
