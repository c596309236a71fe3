/* SPDX-License-Identifier: MIT */
/*
 * base/list: links on the stack.
 */
#include "unit.h"

#include "base/list.h"

/* Numbered items, so that an order can be read off. */
struct item {
	int number;
	struct msim_list node;
};

/*
 * The numbers on a list as the digits of a decimal number, read forwards; and backwards it must be
 * the same.
 */
static long digits(struct msim_list *head)
{
	long forwards = 0, backwards = 0, unit = 1;
	struct msim_list *pos;

	msim_list_for_each (pos, head)
		forwards = forwards * 10 + msim_list_entry(pos, struct item, node)->number;
	for (pos = head->prev; pos != head; pos = pos->prev, unit *= 10)
		backwards += unit * msim_list_entry(pos, struct item, node)->number;
	assert_int_equal(forwards, backwards);
	return forwards;
}

/* Models: struct list_head. Nothing on it. */
static void new_list_is_empty(void **state)
{
	struct msim_list head;

	(void)state;
	msim_list_init(&head);
	assert_true(msim_list_empty(&head));
	assert_int_equal(msim_list_count(&head), 0);
}

/* Models: list_add(), list_add_tail(). One is a stack, the other a queue. */
static void add_goes_to_the_front_and_add_tail_to_the_end(void **state)
{
	struct item item[4] = {
		{ .number = 1 }, { .number = 2 }, { .number = 3 }, { .number = 4 }
	};
	struct msim_list head;

	(void)state;
	msim_list_init(&head);
	msim_list_add(&item[0].node, &head);
	msim_list_add(&item[1].node, &head);
	msim_list_add_tail(&item[2].node, &head);
	msim_list_add_tail(&item[3].node, &head);
	assert_int_equal(digits(&head), 2134);
	assert_int_equal(msim_list_count(&head), 4);
	assert_int_equal(msim_list_first(&head, struct item, node)->number, 2);
	assert_int_equal(msim_list_last(&head, struct item, node)->number, 4);
}

/*
 * Models: list_del(). Neighbours close up; the link itself is on no list, which is all
 * zero.
 */
static void del_unlinks_and_clears(void **state)
{
	struct item item[3] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
	struct msim_list head;

	(void)state;
	msim_list_init(&head);
	for (int i = 0; i < 3; i++)
		msim_list_add_tail(&item[i].node, &head);
	msim_list_del(&item[1].node);
	assert_int_equal(digits(&head), 13);
	assert_null(item[1].node.next);
	assert_null(item[1].node.prev);
	msim_list_del(&item[0].node);
	msim_list_del(&item[2].node);
	assert_true(msim_list_empty(&head));
}

/*
 * Models: list_splice_init(). To the front, in order, and the source is empty and usable.
 */
static void splice_puts_all_in_front(void **state)
{
	struct item item[4] = {
		{ .number = 1 }, { .number = 2 }, { .number = 3 }, { .number = 4 }
	};
	struct msim_list from, to;

	(void)state;
	msim_list_init(&from);
	msim_list_init(&to);
	msim_list_add_tail(&item[0].node, &from);
	msim_list_add_tail(&item[1].node, &from);
	msim_list_add_tail(&item[2].node, &to);
	msim_list_splice(&from, &to);
	assert_int_equal(digits(&to), 123);
	assert_true(msim_list_empty(&from));
	msim_list_splice(&from, &to); /* nothing: nothing happens */
	assert_int_equal(digits(&to), 123);
	msim_list_add(&item[3].node, &from);
	assert_int_equal(digits(&from), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_list_is_empty),
		cmocka_unit_test(add_goes_to_the_front_and_add_tail_to_the_end),
		cmocka_unit_test(del_unlinks_and_clears),
		cmocka_unit_test(splice_puts_all_in_front),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
