/* SPDX-License-Identifier: MIT */
/*
 * The cgroup v2 files as text.
 */
#ifndef MEMCGSIM_CGROUPFS_H
#define MEMCGSIM_CGROUPFS_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_cgroupfs_read() - read a file whole
 * @machine: the machine
 * @path: cgroup and file, such as "a/b/memory.current"
 * @ret_text: its text, lines ending in newlines, to be freed with free(); written only on success
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT if the cgroup or the file is not there; -ENOTDIR; -EISDIR; -ENOMEM.
 * Models: cgroup_seqfile_show(), kernel/cgroup/cgroup.c (section 10.2, F-01, R-04)
 * Differs: memory.stat is always exact, and holds only what is modelled
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroupfs_read(struct memcgsim *machine, const char *path,
					       char **ret_text);

/**
 * memcgsim_cgroupfs_write() - write a file
 * @machine: the machine
 * @path: cgroup and file
 * @text: what to write; a zero-length text changes nothing and succeeds (F-04)
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT, -ENOTDIR, -EISDIR; -EINVAL for text the kernel refuses or a file that cannot
 * be written; -E2BIG beyond a page; -EBUSY, -ESRCH, -ENOENT, -EOPNOTSUPP and -ENOMEM as the file
 * says (G-03, G-04).
 * Models: cgroup_file_write(), page_counter_memparse() (section 10.2, F-02, F-05, F-06, P-08)
 * Differs: what is reclaimed, and who is killed, hooks say (hooks.h); a write of memory.max ends when
 * somebody has raised the limit since, where the kernel goes on until the usage falls or a signal
 * comes
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroupfs_write(struct memcgsim *machine, const char *path,
						const char *text);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_CGROUPFS_H */
