/* SPDX-License-Identifier: MIT */
/*
 * Any text as a scenario: it is refused with its place, or it runs and every invariant holds
 * afterwards.
 *
 *   CC=clang meson setup build-fuzz -Dfuzz=true; build-fuzz/tests/fuzz/fuzz-scenario CORPUS
 *   without libFuzzer the program runs the files it is given
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rig.h"
#include "cli/scenario.h"

#define MAX_COMMANDS 2000
#define MAX_COUNT    10000 /* of what one command asks for: shapes matter, not size */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(const struct memcgsim_violation *violation, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s does not hold for %s: expected %ld, found %ld: %s\n", violation->id,
		violation->object, violation->expected, violation->found, violation->detail);
}

static bool is_small(const struct command *command)
{
	switch (command->verb) {
	case VERB_K_MANY:
		return command->numbers[1] <= MAX_COUNT / 10;
	case VERB_ANON:
		return command->numbers[0] <= (long)(MAX_COUNT * MEMCGSIM_PAGE_SIZE);
	default:
		return true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memcgsim_config config;
	struct scenario *scenario;
	struct rig *rig;
	char *text = strndup((const char *)data, size);

	scenario = text ? scenario_parse("fuzz", text) : NULL;
	if (!scenario) {
		free(text);
		return 0;
	}
	memcgsim_config_init(&config);
	config.child_cost_bytes = RIG_CHILD_COST_BYTES;
	if (rig_create(&config, &rig))
		abort();
	for (size_t i = 0; i < MAX_COMMANDS; i++) {
		const struct command *command = scenario_next(scenario);

		if (!command)
			break;
		if (is_small(command))
			(void)rig_run(rig, command);
	}
	if (memcgsim_check(rig_machine(rig), MEMCGSIM_CHECK_Q0, complain, NULL) ||
	    memcgsim_nr_bugs(rig_machine(rig)))
		abort();
	rig_destroy(rig);
	scenario_free(scenario);
	free(text);
	return 0;
}

#ifndef MEMCGSIM_LIBFUZZER
#include "cli/textfile.h"

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *text = textfile_read(argv[i]);

		if (!text)
			return EXIT_FAILURE;
		LLVMFuzzerTestOneInput((const uint8_t *)text, strlen(text));
		free(text);
	}
	return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
#endif
