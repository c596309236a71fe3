/* SPDX-License-Identifier: MIT */
/*
 * The table of all subjects: races, made subjects as they are asked for, and others.
 */
#include "cli/subjects.h"

#include <string.h>

#include "base/compiler.h"
#include "support/race_subject.h"
#include "support/subject.h"

#define RACE_LINE(name_)    extern RACE(name_);
#define SUBJECT_LINE(name_) extern SUBJECT(name_);
#define BROKEN_LINE(name_)  extern SUBJECT(name_);
#include "subjects.h"
#undef RACE_LINE
#undef SUBJECT_LINE
#undef BROKEN_LINE

static const struct {
	const struct race *race;
	const struct memcgsim_subject *subject;
	bool broken;
} table[] = {
#define RACE_LINE(name_)    { .race = &race_##name_ },
#define SUBJECT_LINE(name_) { .subject = &subject_##name_ },
#define BROKEN_LINE(name_)  { .subject = &subject_##name_, .broken = true },
#include "subjects.h"
};

const struct subject *subject_at(size_t index)
{
	static struct subject now;

	if (index >= msim_array_size(table))
		return NULL;
	now.broken = table[index].broken;
	if (table[index].race)
		race_subject(table[index].race, &now.subject);
	else
		now.subject = *table[index].subject;
	return &now;
}

/* That of the library's own name, which stays. */
static const char *profile_named(const char *name)
{
	const char *profile;

	for (unsigned int i = 0; (profile = memcgsim_profile_name(i)); i++) {
		if (!strcmp(profile, name))
			return profile;
	}
	return NULL;
}

/* The race on a machine that behaves as another kernel version: "race@profile". */
static const struct subject *subject_at_profile(const char *name)
{
	static struct subject now;
	static struct race race;
	static char names[MEMCGSIM_FAILURE_BYTES];
	const char *at = strchr(name, '@');
	const char *profile = at ? profile_named(at + 1) : NULL;

	if (!profile || strlen(name) >= sizeof(names))
		return NULL;
	for (size_t i = 0; i < msim_array_size(table); i++) {
		size_t length = (size_t)(at - name);

		if (!table[i].race || strncmp(table[i].race->name, name, length) ||
		    table[i].race->name[length])
			continue;
		race = *table[i].race;
		race.config.profile = profile;
		race.name = strcpy(names, name);
		race_subject(&race, &now.subject);
		return &now;
	}
	return NULL;
}

const struct subject *subject_named(const char *name)
{
	const struct subject *subject;

	for (size_t i = 0; (subject = subject_at(i)); i++) {
		if (!strcmp(subject->subject.name, name))
			return subject;
	}
	return subject_at_profile(name);
}
