/* SPDX-License-Identifier: MIT */
/*
 * The files of cgroups as text: of v2, but on machines of 2012 to 2014, which have those of v1 for memory.
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
 * Return: 0; -ENOENT if the cgroup or the file is not there; -EOPNOTSUPP for a file of the other
 * version of cgroups than the machine's, or one of v1 that is not modelled; -ENOTDIR; -EISDIR; -ENOMEM.
 * Models: cgroup_seqfile_show(), kernel/cgroup/cgroup.c (section 10.2, F-01, R-04)
 * Differs: memory.stat is always exact, and holds only what is modelled; directories of v1 machines are
 * v2's, where memory is enabled with cgroup.subtree_control; the root's memory.usage_in_bytes and
 * memory.memsw.usage_in_bytes, which are taken from statistics, answer -EOPNOTSUPP
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
 * says (G-03, G-04); -EOPNOTSUPP as memcgsim_cgroupfs_read(); of limits on v1 machines -EBUSY if more
 * is used and cannot be reclaimed, or, of the first of memory.kmem, if there are tasks or children,
 * and -EINVAL for the root, or a limit of memory above that of memory and swap (Y-07).
 * Models: cgroup_file_write(), page_counter_memparse() (section 10.2, F-02, F-05, F-06, P-08)
 * Differs: what is reclaimed, and who is killed, hooks say (hooks.h); a write of memory.max ends when
 * somebody has raised the limit since, where the kernel goes on until the usage falls or a signal
 * comes
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroupfs_write(struct memcgsim *machine, const char *path,
						const char *text);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_CGROUPFS_H */
