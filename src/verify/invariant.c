/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the reporting that all invariants share.
 */
#include "verify/invariant.h"

#include <stdarg.h>
#include <stdio.h>

void msim_expect(struct check *check, long expected, long found, const char *detail,
		 const char *object, ...)
{
	struct memcgsim_violation violation = {
		.id = check->invariant->id,
		.expected = expected,
		.found = found,
		.detail = detail,
	};
	va_list args;

	if (expected == found)
		return;
	check->violations++;
	if (!check->report)
		return;
	va_start(args, object);
	vsnprintf(violation.object, sizeof(violation.object), object, args);
	va_end(args);
	check->report(&violation, check->arg);
}

const char *msim_name_of(const struct memcgsim_mem_cgroup *memcg)
{
	return memcg->parent ? memcg->cgroup->name : "/";
}
