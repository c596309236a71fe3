/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: resolves paths as a mounted cgroup2 does, and calls what stands there under the
 * cgroup mutex. The public functions on directories and files. Models the VFS and kernfs as far as
 * their errors go (G-01, G-02, G-03, F-04, F-06).
 */
#include <memcgsim/cgroupfs.h>
#include <memcgsim/css.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/cgroup.h"
#include "cgroup/css_set.h"
#include "cgroupfs/files.h"
#include "cgroupfs/parse.h"
#include "memcg/css.h"
#include "memcg/drain.h"
#include "memcg/memcg.h"
#include "seam/thread.h"
#include "task/task.h"

#define NAME_MAX_BYTES	255
#define MAX_WRITE_BYTES 4096

/* A path cut before its last name. A trailing slash is no name. */
struct place {
	struct memcgsim_cgroup *dir;
	const char *name;
	size_t length; /* 0: the path is the root */
};

static bool is(const char *name, size_t length, const char *what)
{
	return strlen(what) == length && !memcmp(name, what, length);
}

/* One step of the way. 0, -ENOENT, or -ENOTDIR where a file stands. */
static int step(struct memcgsim_cgroup **dir, const char *name, size_t length)
{
	struct memcgsim_cgroup *child;

	if (length == 0 || is(name, length, "."))
		return 0;
	if (is(name, length, "..")) {
		if ((*dir)->parent)
			*dir = (*dir)->parent;
		return 0;
	}
	child = msim_cgroup_child(*dir, name, length);
	if (!child)
		return msim_file_find(*dir, name, length) ? -ENOTDIR : -ENOENT;
	*dir = child;
	return 0;
}

static int find_place(struct memcgsim *machine, const char *path, struct place *ret_place)
{
	const char *end = path + strlen(path);
	int err = 0;

	while (end > path && end[-1] == '/')
		end--;
	ret_place->dir = machine->root;
	ret_place->name = path;
	for (const char *p = path; p < end && !err; p++) {
		if (*p != '/')
			continue;
		err = step(&ret_place->dir, ret_place->name, (size_t)(p - ret_place->name));
		ret_place->name = p + 1;
	}
	ret_place->length = (size_t)(end - ret_place->name);
	return err;
}

/* The directory that a whole path names. */
static int find_dir(struct memcgsim *machine, const char *path, struct memcgsim_cgroup **ret_cgroup)
{
	struct place place;
	int err = find_place(machine, path, &place);

	if (!err)
		err = step(&place.dir, place.name, place.length);
	*ret_cgroup = place.dir;
	return err;
}

static int find_file(struct memcgsim *machine, const char *path,
		     struct memcgsim_cgroup **ret_cgroup, const struct msim_file **ret_file)
{
	struct place place;
	int err = find_place(machine, path, &place);

	if (err)
		return err;
	*ret_cgroup = place.dir;
	*ret_file = msim_file_find(place.dir, place.name, place.length);
	if (*ret_file)
		return 0;
	if (!step(&place.dir, place.name, place.length))
		return -EISDIR;
	return msim_file_is_elsewhere(place.dir, place.name, place.length) ? -EOPNOTSUPP : -ENOENT;
}

/* Every function here works as the calling thread or its guest, under the mutex. */
static struct msim_ctx *enter(struct memcgsim *machine, struct msim_ctx *guest)
{
	struct msim_ctx *ctx = msim_guest_enter(machine, guest);

	msim_mutex_lock(&machine->cgroup_mutex);
	return ctx;
}

static void leave(struct msim_ctx *ctx, struct msim_ctx *guest)
{
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	msim_guest_leave(ctx, guest);
}

int memcgsim_cgroup_mkdir(struct memcgsim *machine, const char *path)
{
	struct msim_ctx guest, *ctx = enter(machine, &guest);
	struct place place;
	int err;

	err = find_place(machine, path, &place);
	if (err)
		goto unlock;
	err = -EEXIST;
	if (place.length == 0 || is(place.name, place.length, ".") ||
	    is(place.name, place.length, "..") ||
	    msim_cgroup_child(place.dir, place.name, place.length) ||
	    msim_file_find(place.dir, place.name, place.length))
		goto unlock;
	err = -ENAMETOOLONG;
	if (place.length > NAME_MAX_BYTES)
		goto unlock;
	err = -EINVAL;
	if (memchr(place.name, '\n', place.length))
		goto unlock;
	err = msim_cgroup_create(ctx, place.dir, place.name, place.length);
unlock:
	leave(ctx, &guest);
	return err;
}

int memcgsim_cgroup_rmdir(struct memcgsim *machine, const char *path)
{
	struct msim_ctx guest, *ctx = enter(machine, &guest);
	struct memcgsim_cgroup *cgroup;
	struct place place;
	int err;

	err = find_place(machine, path, &place);
	if (err)
		goto unlock;
	err = -EINVAL;
	if (is(place.name, place.length, "."))
		goto unlock;
	err = -ENOTEMPTY;
	if (is(place.name, place.length, ".."))
		goto unlock;
	cgroup = place.dir;
	err = step(&cgroup, place.name, place.length);
	if (!err)
		err = msim_cgroup_remove(ctx, cgroup);
unlock:
	leave(ctx, &guest);
	return err;
}

int memcgsim_cgroup_attach_task(struct memcgsim *machine, const char *path,
				struct memcgsim_task *task)
{
	struct msim_ctx guest, *ctx = enter(machine, &guest);
	struct memcgsim_cgroup *cgroup;
	int err;

	err = find_dir(machine, path, &cgroup);
	if (!err && !msim_task_lives(machine, task))
		err = -ESRCH;
	if (!err)
		err = msim_attach_task(ctx, cgroup, task, true);
	leave(ctx, &guest);
	return err;
}

int memcgsim_kernel_clone(struct memcgsim *machine, struct memcgsim_task *parent,
			  const struct memcgsim_clone_args *args, struct memcgsim_task **ret_task)
{
	struct msim_ctx guest, *ctx = enter(machine, &guest);
	struct memcgsim_cgroup *into = NULL;
	int err = 0;

	if (args->flags & MEMCGSIM_CLONE_INTO_CGROUP)
		err = args->cgroup ? find_dir(machine, args->cgroup, &into) : -EINVAL;
	if (!err)
		err = msim_fork(ctx, parent, args, into, ret_task);
	leave(ctx, &guest);
	return err;
}

int memcgsim_cgroup_events_notified(struct memcgsim *machine, const char *path,
				    unsigned long *ret_count)
{
	struct msim_ctx guest, *ctx = enter(machine, &guest);
	struct memcgsim_cgroup *cgroup;
	int err;

	err = find_dir(machine, path, &cgroup);
	if (!err)
		*ret_count = cgroup->nr_notified;
	leave(ctx, &guest);
	return err;
}

int memcgsim_drain_all_stock(struct memcgsim *machine, const char *path)
{
	struct msim_ctx guest, *ctx = enter(machine, &guest);
	struct memcgsim_cgroup *cgroup;
	int err;

	err = find_dir(machine, path, &cgroup);
	if (!err)
		msim_drain_all_stock(ctx, msim_effective_memcg(cgroup));
	leave(ctx, &guest);
	return err;
}

int memcgsim_mem_cgroup_from_path(struct memcgsim *machine, const char *path,
				  struct memcgsim_mem_cgroup **ret_memcg)
{
	struct msim_ctx guest, *ctx = enter(machine, &guest);
	struct memcgsim_cgroup *cgroup;
	int err;

	err = find_dir(machine, path, &cgroup);
	if (!err) {
		*ret_memcg = msim_effective_memcg(cgroup);
		memcgsim_css_get(*ret_memcg);
	}
	leave(ctx, &guest);
	return err;
}

void memcgsim_mem_cgroup_put(struct memcgsim_mem_cgroup *memcg)
{
	if (memcg)
		memcgsim_css_put(memcg);
}

/* Names are constant, and a memcg holds its directory and all above: no lock. */
int memcgsim_mem_cgroup_path(const struct memcgsim_mem_cgroup *memcg, char *buffer,
			     size_t size_bytes)
{
	const struct memcgsim_cgroup *cgroup;
	size_t length = memcg->parent ? 0 : 1; /* "/" */
	char *end;

	for (cgroup = memcg->cgroup; cgroup->parent; cgroup = cgroup->parent)
		length += strlen(cgroup->name) + (cgroup->parent->parent ? 1 : 0);
	if (length >= size_bytes)
		return -E2BIG;
	end = buffer + length;
	*end = '\0';
	if (!memcg->parent)
		*--end = '/';
	for (cgroup = memcg->cgroup; cgroup->parent; cgroup = cgroup->parent) {
		size_t part = strlen(cgroup->name);

		end -= part;
		memcpy(end, cgroup->name, part);
		if (cgroup->parent->parent)
			*--end = '/';
	}
	msim_assert(end == buffer);
	return (int)length;
}

int memcgsim_cgroupfs_read(struct memcgsim *machine, const char *path, char **ret_text)
{
	struct msim_ctx guest, *ctx;
	struct memcgsim_cgroup *cgroup;
	const struct msim_file *file;
	char *text = NULL;
	size_t size;
	FILE *out;
	int err;

	ctx = enter(machine, &guest);
	/* After the lock: what is done before it, explored schedules share. */
	out = open_memstream(&text, &size);
	err = out ? find_file(machine, path, &cgroup, &file) : -ENOMEM;
	if (!err && !file->show)
		err = -EINVAL;
	if (!err && file->vet_show)
		err = file->vet_show(cgroup);
	if (!err)
		file->show(out, cgroup);
	leave(ctx, &guest);
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	if (err)
		free(text);
	else
		*ret_text = text;
	return err;
}

/* Writes what may take long: by its memcg, without the mutex that it comes with. */
static int write_unlocked(struct msim_ctx *ctx, const struct msim_file *file,
			  struct memcgsim_mem_cgroup *memcg, const char *text)
{
	int err;

	msim_css_get_ctx(ctx, memcg);
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	err = file->write_memcg(ctx, memcg, text);
	msim_css_put_ctx(ctx, memcg);
	return err;
}

int memcgsim_cgroupfs_write(struct memcgsim *machine, const char *path, const char *text)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	struct memcgsim_cgroup *cgroup;
	const struct msim_file *file;
	char stripped[MAX_WRITE_BYTES];
	int err;

	msim_mutex_lock(&machine->cgroup_mutex);
	err = find_file(machine, path, &cgroup, &file);
	if (err || !*text) /* nothing written is nothing done (F-04) */
		goto unlock;
	err = -E2BIG;
	if (strlen(text) >= sizeof(stripped))
		goto unlock;
	err = -EINVAL;
	if (!file->write && !file->write_memcg)
		goto unlock;
	msim_strip(text, stripped, sizeof(stripped)); /* F-06 */
	if (file->write_memcg) {
		err = write_unlocked(ctx, file, cgroup->memcg, stripped);
		goto leave;
	}
	err = file->write(ctx, cgroup, stripped);
unlock:
	msim_mutex_unlock(&machine->cgroup_mutex);
leave:
	msim_guest_leave(ctx, &guest);
	return err;
}
