// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which caller of flush_tlb_batched_pending a return address belongs to. The callers may have been
 * inlined: a site is known by the first function around it that the kernel has a symbol for.
 */
#include <linux/kallsyms.h>
#include "luf.h"

struct site {
	enum luf_point_id id;
	const char *function;
	unsigned long start, end;
};

static struct site sites[] = {
	{ LUF_AT_zap_pte_range, "zap_pte_range" },
	{ LUF_AT_zap_pte_range, "zap_pmd_range" },
	{ LUF_AT_zap_pte_range, "unmap_page_range" },
	{ LUF_AT_change_pte_range, "change_pte_range" },
	{ LUF_AT_change_pte_range, "change_pmd_range" },
	{ LUF_AT_change_pte_range, "change_protection_range" },
	{ LUF_AT_change_pte_range, "change_protection" },
	{ LUF_AT_move_ptes, "move_ptes" },
	{ LUF_AT_move_ptes, "move_page_tables" },
	{ LUF_AT_madvise_free_pte_range, "madvise_free_pte_range" },
	{ LUF_AT_madvise_cold_or_pageout_pte_range, "madvise_cold_or_pageout_pte_range" },
};

/* Reads START and SIZE out of `name+0xOFFSET/0xSIZE`. */
static void measure(struct site *site)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long address = luf_address_of(site->function), offset, size;
	char *plus;

	if (!address)
		return;
	sprint_symbol(text, address);
	plus = strrchr(text, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &offset, &size) != 2)
		return;
	site->start = address - offset;
	site->end = site->start + size;
	luf_points[site->id].probed = true;
}

void luf_sites_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(sites); i++)
		measure(&sites[i]);
}

bool luf_site_of(unsigned long return_address, enum luf_point_id *id)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(sites); i++) {
		if (return_address > sites[i].start && return_address <= sites[i].end) {
			*id = sites[i].id;
			return true;
		}
	}
	return false;
}
