/* SPDX-License-Identifier: MIT */
/*
 * Owns who gives which controller to whom, under the cgroup mutex. Called by the file of that name.
 * Memory is modelled; of pids just that it can be given. Models cgroup_subtree_control_write(),
 * cgroup_apply_control() and cgroup_vet_subtree_control_enable(), kernel/cgroup/cgroup.c (G-04 ...
 * G-06, G-10).
 */
#include "cgroup/subtree_control.h"

#include <errno.h>
#include <string.h>

#include "cgroup/cgroup.h"
#include "cgroup/css_set.h"
#include "cgroup/domain.h"

#define ALL_CONTROLLERS		    ((MSIM_MEMCG ? MSIM_CONTROLLER_MEMORY : 0) | MSIM_CONTROLLER_PIDS)
#define for_each_child(pos, cgroup) msim_list_for_each (pos, &(cgroup)->children)

static struct memcgsim_cgroup *child_at(const struct msim_list *pos)
{
	return msim_list_entry(pos, struct memcgsim_cgroup, sibling);
}

unsigned int msim_cgroup_controllers(const struct memcgsim_cgroup *cgroup)
{
	unsigned int controllers;

	if (!cgroup->parent)
		return ALL_CONTROLLERS;
	controllers = cgroup->parent->subtree_control;
	return msim_cgroup_is_threaded(cgroup) ? controllers & ~MSIM_DOMAIN_CONTROLLERS
					       : controllers;
}

const char *msim_controller_name(unsigned int controller)
{
	switch (controller) {
	case MSIM_CONTROLLER_MEMORY:
		return "memory";
	case MSIM_CONTROLLER_PIDS:
		return "pids";
	default:
		return NULL;
	}
}

/* Adds one token to what is to be enabled and disabled; the later of two wins. */
static int parse_token(const char *token, size_t length, unsigned int *enable,
		       unsigned int *disable)
{
	for (unsigned int bit = 1; bit <= ALL_CONTROLLERS; bit <<= 1) {
		const char *name = msim_controller_name(bit);

		if (!(bit & ALL_CONTROLLERS) || strlen(name) + 1 != length ||
		    memcmp(name, token + 1, length - 1))
			continue;
		if (*token == '+') {
			*enable |= bit;
			*disable &= ~bit;
		} else if (*token == '-') {
			*disable |= bit;
			*enable &= ~bit;
		} else {
			return -EINVAL;
		}
		return 0;
	}
	return -EINVAL;
}

static int parse(const char *text, unsigned int *enable, unsigned int *disable)
{
	*enable = 0;
	*disable = 0;
	while (*text) {
		size_t length = strcspn(text, " ");
		int err = length ? parse_token(text, length, enable, disable) : 0;

		if (err)
			return err;
		text += length + (text[length] == ' ');
	}
	return 0;
}

/* All that may forbid it, before anything is done. */
static int vet(const struct memcgsim_cgroup *cgroup, unsigned int enable, unsigned int disable)
{
	const struct msim_list *pos;

	if (enable & ~msim_cgroup_controllers(cgroup))
		return -ENOENT;
	for_each_child (pos, cgroup) {
		if (child_at(pos)->subtree_control & disable)
			return -EBUSY;
	}
	if (!enable)
		return 0;
	if (!msim_is_valid_domain(cgroup->domain))
		return -EOPNOTSUPP;
	if (!cgroup->parent) /* tasks in the root compete with nobody */
		return 0;
	if (enable & MSIM_DOMAIN_CONTROLLERS) {
		if (msim_is_thread_root(cgroup) || msim_cgroup_is_threaded(cgroup))
			return -EOPNOTSUPP;
	} else if (msim_can_be_thread_root(cgroup) || msim_cgroup_is_threaded(cgroup)) {
		return 0;
	}
	return msim_cgroup_has_tasks(cgroup) ? -EBUSY : 0;
}

static int enable_memory(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	struct msim_list *pos, *made;
	int err = 0;

	for_each_child (pos, cgroup) {
		if (msim_cgroup_is_threaded(child_at(pos)))
			continue; /* memory is not for threads (G-05) */
		err = msim_cgroup_enable_memory(ctx, child_at(pos));
		if (err)
			break;
	}
	if (!err)
		err = msim_css_sets_prepare(ctx, cgroup);
	if (!err) {
		msim_css_sets_commit(ctx, cgroup);
		return 0;
	}
	for (made = cgroup->children.next; made != pos; made = made->next) {
		if (child_at(made)->memcg)
			msim_cgroup_disable_memory(ctx, child_at(made));
	}
	return err;
}

static int disable_memory(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	struct msim_list *pos;
	int err;

	for_each_child (pos, cgroup) { /* what is effective must be known before it happens */
		child_at(pos)->leaving = child_at(pos)->memcg;
		child_at(pos)->memcg = NULL;
	}
	err = msim_css_sets_prepare(ctx, cgroup);
	if (!err)
		msim_css_sets_commit(ctx, cgroup);
	for_each_child (pos, cgroup) {
		child_at(pos)->memcg = child_at(pos)->leaving;
		child_at(pos)->leaving = NULL;
		if (!err && child_at(pos)->memcg)
			msim_cgroup_disable_memory(ctx, child_at(pos));
	}
	return err;
}

static void change_pids(struct memcgsim_cgroup *cgroup, unsigned long change)
{
	struct msim_list *pos;

	for_each_child (pos, cgroup) {
		for (struct memcgsim_cgroup *c = child_at(pos); c; c = c->parent)
			c->stat.pids += change;
	}
}

int msim_subtree_control_write(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,
			       const char *text)
{
	unsigned int enable, disable;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	err = parse(text, &enable, &disable);
	if (err)
		return err;
	enable &= ~cgroup->subtree_control;
	disable &= cgroup->subtree_control;
	err = vet(cgroup, enable, disable);
	if (err)
		return err;
	if (enable & MSIM_CONTROLLER_MEMORY)
		err = enable_memory(ctx, cgroup);
	if (disable & MSIM_CONTROLLER_MEMORY)
		err = disable_memory(ctx, cgroup);
	if (err)
		return err;
	if (enable & MSIM_CONTROLLER_PIDS)
		change_pids(cgroup, 1);
	if (disable & MSIM_CONTROLLER_PIDS)
		change_pids(cgroup, -1UL);
	cgroup->subtree_control = (cgroup->subtree_control | enable) & ~disable;
	return 0;
}
