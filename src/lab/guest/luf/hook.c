// SPDX-License-Identifier: GPL-2.0-only
/* Redirects kernel functions through ftrace, and tells when the last wrapper has been left. */
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "luf.h"

atomic_t luf_inside = ATOMIC_INIT(0);

struct installed {
	struct list_head node;
	struct ftrace_ops ops;
	struct luf_hook *hook;
	unsigned long ip;
};

static LIST_HEAD(installed);

/* The address of a kernel function, as only a kprobe may ask for it; 0 if there is none. */
unsigned long luf_address_of(const char *name)
{
	struct kprobe probe = { .symbol_name = name };
	unsigned long address;

	if (register_kprobe(&probe))
		return 0;
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return address;
}

static void notrace redirect(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			     struct ftrace_regs *fregs)
{
	struct installed *one = container_of(ops, struct installed, ops);
	struct pt_regs *regs = ftrace_get_regs(fregs);

	if (regs)
		regs->ip = (unsigned long)one->hook->wrapper;
}

static const u8 endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };

static int install(struct luf_hook *hook)
{
	struct installed *one;
	unsigned long ip = luf_address_of(hook->name);
	int err;

	if (!ip) {
		if (!hook->optional)
			pr_err("luf: this kernel has no %s\n", hook->name);
		return hook->optional ? 0 : -ENOENT;
	}
	if (!memcmp((void *)ip, endbr64, sizeof(endbr64)))
		ip += sizeof(endbr64);
	one = kzalloc(sizeof(*one), GFP_KERNEL);
	if (!one)
		return -ENOMEM;
	one->hook = hook;
	one->ip = ip;
	one->ops.func = redirect;
	one->ops.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_RECURSION;
	/* Past the call of ftrace: the original runs once more without being redirected again. */
	hook->orig = (void *)(ip + MCOUNT_INSN_SIZE);
	err = ftrace_set_filter_ip(&one->ops, ip, 0, 0);
	if (!err)
		err = register_ftrace_function(&one->ops);
	if (err) {
		pr_err("luf: cannot redirect %s (%d)\n", hook->name, err);
		kfree(one);
		return hook->optional ? 0 : err;
	}
	if (hook->optional)
		luf_points[hook->point].probed = true;
	list_add(&one->node, &installed);
	return 0;
}

static int install_all(struct luf_hook *hooks)
{
	int err = 0;

	for (; hooks->name && !err; hooks++)
		err = install(hooks);
	return err;
}

int luf_hooks_install(void)
{
	int err = install_all(luf_reclaim_hooks);

	if (!err)
		err = install_all(luf_cancel_hooks);
	if (!err)
		err = install_all(luf_fault_hooks);
	if (err)
		luf_hooks_remove();
	return err;
}

/* Returns when no task runs in a wrapper any more, or is about to enter or to leave one. */
void luf_hooks_remove(void)
{
	struct installed *one, *next;

	list_for_each_entry(one, &installed, node)
		unregister_ftrace_function(&one->ops);
	synchronize_rcu_tasks();
	/* Interrupts, which are no tasks. */
	synchronize_rcu();
	while (atomic_read(&luf_inside))
		msleep(20);
	synchronize_rcu_tasks();
	list_for_each_entry_safe(one, next, &installed, node) {
		ftrace_set_filter_ip(&one->ops, one->ip, 1, 0);
		list_del(&one->node);
		kfree(one);
	}
}
