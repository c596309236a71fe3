/* SPDX-License-Identifier: MIT */
/*
 * Owns the way to memcgsim-explore: another program, since in its library every access asks the
 * explorer, which nobody else is to pay for.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "cli/verbs.h"

/* Where it may lie, seen from this program: as installed; and as built, with its subjects. */
static const char *const places[] = {
	"memcgsim-explore",
	"../libexec/memcgsim-explore",
	"../../tests/explore/memcgsim-explore",
};

/* The directory of this program, with its slash. Whether it is known. */
static bool own_directory(char *directory, size_t size_bytes)
{
	ssize_t length = readlink("/proc/self/exe", directory, size_bytes - 1);
	char *slash;

	if (length < 0)
		return false;
	directory[length] = '\0';
	slash = strrchr(directory, '/');
	if (!slash)
		return false;
	slash[1] = '\0';
	return true;
}

int memcgsim_explorer(int argc, char **argv)
{
	char directory[PATH_MAX], program[PATH_MAX + 64];
	const char *name = argv[0];

	(void)argc;
	if (own_directory(directory, sizeof(directory))) {
		for (size_t i = 0; i < msim_array_size(places); i++) {
			snprintf(program, sizeof(program), "%s%s", directory, places[i]);
			execv(program, argv);
			if (errno != ENOENT && errno != ENOTDIR) {
				fprintf(stderr, "%s: %s: %s\n", name, program, strerror(errno));
				return MEMCGSIM_EXIT_USAGE;
			}
		}
	}
	fprintf(stderr,
		"%s: there is no memcgsim-explore beside this program, nor in ../libexec: it is "
		"built with the tests (meson configure -Dtests=true)\n",
		name);
	return MEMCGSIM_EXIT_USAGE;
}
