// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where content or mappings change: the wrappers that pay. Each is named after what it wraps, and
 * pays where LUF does, before or after. What a wrapper needs of an object that the call may end it
 * takes before: keys are addresses that are never followed.
 */
#include <linux/fs.h>
#include <linux/oom.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/uio.h>
#include "luf.h"

enum {
	FAULT, WP_PAGE, FINISH, CLEAR_FLUSH, PERFORM_WRITE, DA_WRITE_BEGIN, WRITE_BEGIN, SHMEM_BEGIN,
	DIO, MKCLEAN, INVALIDATE, TRUNCATE_FOLIO, TRUNCATE_RANGE, EVICT, INVALIDATE_RANGE, REMOVE,
	REPLACE, FREE_PAGES, OOM, ADD_FOLIO
};

#define CALL(id, type, ...) luf_call(&luf_cancel_hooks[id], type, __VA_ARGS__)

typedef vm_fault_t (*fault_fn)(struct vm_area_struct *, unsigned long, unsigned int,
			       struct pt_regs *);

static vm_fault_t luf_handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
				      unsigned int flags, struct pt_regs *regs)
{
	bool writes = (vma->vm_flags & (VM_WRITE | VM_MAYWRITE)) || (flags & FAULT_FLAG_WRITE);
	struct mm_struct *mm = vma->vm_mm;
	struct address_space *mapping = NULL;
	vm_fault_t ret;

	luf_enter();
	if ((vma->vm_flags & VM_SHARED) && vma->vm_file)
		mapping = vma->vm_file->f_mapping;
	ret = CALL(FAULT, fault_fn, vma, address, flags, regs);
	if (writes) {
		luf_pay_mapping_at(LUF_AT_handle_mm_fault, mapping);
		luf_pay_mm_at(LUF_AT_handle_mm_fault, mm);
	}
	luf_leave();
	return ret;
}

typedef vm_fault_t (*vmf_fn)(struct vm_fault *);

/* As LUF v10: before the entry becomes writable. */
static vm_fault_t luf_do_wp_page(struct vm_fault *vmf)
{
	vm_fault_t ret;

	luf_enter();
	luf_pay_all_at(LUF_AT_do_wp_page);
	ret = CALL(WP_PAGE, vmf_fn, vmf);
	luf_leave();
	return ret;
}

/* Modules may not include asm/tlb.h; the mm comes first. */
struct gather {
	struct mm_struct *mm;
};

typedef void (*gather_fn)(struct gather *);

/* tlb_end_vma is inlined; what it gathered is flushed and freed here at the latest. */
static void luf_tlb_finish_mmu(struct gather *tlb)
{
	luf_enter();
	luf_pay_mm_at(LUF_AT_tlb_end_vma, tlb->mm);
	CALL(FINISH, gather_fn, tlb);
	luf_leave();
}

typedef pte_t (*clear_fn)(struct vm_area_struct *, unsigned long, pte_t *);

static pte_t luf_ptep_clear_flush(struct vm_area_struct *vma, unsigned long address, pte_t *ptep)
{
	pte_t pte;

	luf_enter();
	if (luf_leaves_out(LUF_FAULT_ptep_clear_flush))
		pte = ptep_get_and_clear(vma->vm_mm, address, ptep);
	else
		pte = CALL(CLEAR_FLUSH, clear_fn, vma, address, ptep);
	if (!pte_present(pte))
		luf_pay_mm_at(LUF_AT_ptep_clear_flush, vma->vm_mm);
	luf_leave();
	return pte;
}

typedef ssize_t (*write_fn)(struct kiocb *, struct iov_iter *);

/* file_end_write is inlined into the callers of this. */
static ssize_t luf_generic_perform_write(struct kiocb *iocb, struct iov_iter *iter)
{
	struct address_space *mapping = iocb->ki_filp->f_mapping;
	ssize_t ret;

	luf_enter();
	ret = CALL(PERFORM_WRITE, write_fn, iocb, iter);
	luf_pay_mapping_at(LUF_AT_file_end_write, mapping);
	luf_leave();
	return ret;
}

/*
 * mapping_write_begin: after write_begin has locked the folio, before anything is copied into it.
 */
typedef int (*begin_fn)(struct file *, struct address_space *, loff_t, unsigned int, void *,
			void **);

#define WRITE_BEGIN_OF(fs, id)                                                                    \
static int luf_##fs(struct file *file, struct address_space *mapping, loff_t pos,                \
		    unsigned int len, void *folio, void **fsdata)                                \
{                                                                                                 \
	int ret;                                                                                  \
												  \
	luf_enter();                                                                              \
	ret = CALL(id, begin_fn, file, mapping, pos, len, folio, fsdata);                         \
	if (!ret)                                                                                 \
		luf_pay_mapping_at(LUF_AT_mapping_write_begin, mapping);                          \
	luf_leave();                                                                              \
	return ret;                                                                               \
}
WRITE_BEGIN_OF(ext4_da_write_begin, DA_WRITE_BEGIN)
WRITE_BEGIN_OF(ext4_write_begin, WRITE_BEGIN)
WRITE_BEGIN_OF(shmem_write_begin, SHMEM_BEGIN)

typedef ssize_t (*dio_fn)(struct kiocb *, struct iov_iter *, const void *, const void *,
			  unsigned int, void *, size_t);

/* Direct I/O: its own invalidation looks at nothing when the page cache is empty. */
static ssize_t luf_iomap_dio_rw(struct kiocb *iocb, struct iov_iter *iter, const void *ops,
				const void *dops, unsigned int flags, void *private, size_t done)
{
	struct address_space *mapping = iocb->ki_filp->f_mapping;
	bool writes = iov_iter_rw(iter) == WRITE;
	ssize_t ret;

	luf_enter();
	ret = CALL(DIO, dio_fn, iocb, iter, ops, dops, flags, private, done);
	if (writes)
		luf_pay_mapping_at(LUF_AT_iomap_dio_rw, mapping);
	luf_leave();
	return ret;
}

typedef int (*folio_fn)(struct folio *);

static int luf_folio_mkclean(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);
	int ret;

	luf_enter();
	ret = CALL(MKCLEAN, folio_fn, folio);
	luf_pay_mapping_at(LUF_AT_folio_mkclean, mapping);
	luf_leave();
	return ret;
}

typedef void (*invalidate_fn)(struct folio *, size_t, size_t);

static void luf_folio_invalidate(struct folio *folio, size_t offset, size_t length)
{
	struct address_space *mapping = folio_mapping(folio);

	luf_enter();
	CALL(INVALIDATE, invalidate_fn, folio, offset, length);
	luf_pay_mapping_at(LUF_AT_folio_invalidate, mapping);
	luf_leave();
}

typedef int (*truncate_folio_fn)(struct address_space *, struct folio *);

static int luf_truncate_inode_folio(struct address_space *mapping, struct folio *folio)
{
	int ret;

	luf_enter();
	ret = CALL(TRUNCATE_FOLIO, truncate_folio_fn, mapping, folio);
	luf_pay_mapping_at(LUF_AT_truncate_inode_folio, mapping);
	luf_leave();
	return ret;
}

typedef void (*truncate_fn)(struct address_space *, loff_t, loff_t);

static void luf_truncate_inode_pages_range(struct address_space *mapping, loff_t from, loff_t to)
{
	luf_enter();
	CALL(TRUNCATE_RANGE, truncate_fn, mapping, from, to);
	luf_pay_mapping_at(LUF_AT_truncate_inode_pages_range, mapping);
	luf_leave();
}

typedef long (*evict_fn)(struct address_space *, struct folio *);

static long luf_mapping_evict_folio(struct address_space *mapping, struct folio *folio)
{
	long ret;

	luf_enter();
	ret = CALL(EVICT, evict_fn, mapping, folio);
	luf_pay_mapping_at(LUF_AT_mapping_evict_folio, mapping);
	luf_leave();
	return ret;
}

typedef int (*invalidate_range_fn)(struct address_space *, pgoff_t, pgoff_t);

static int luf_invalidate_inode_pages2_range(struct address_space *mapping, pgoff_t from,
					     pgoff_t to)
{
	int ret;

	luf_enter();
	ret = CALL(INVALIDATE_RANGE, invalidate_range_fn, mapping, from, to);
	luf_pay_mapping_at(LUF_AT_invalidate_inode_pages2_range, mapping);
	luf_leave();
	return ret;
}

static long luf_remove_mapping(struct address_space *mapping, struct folio *folio)
{
	long ret;

	luf_enter();
	ret = CALL(REMOVE, evict_fn, mapping, folio);
	luf_pay_mapping_at(LUF_AT_remove_mapping, mapping);
	luf_leave();
	return ret;
}

typedef int (*replace_fn)(struct vm_area_struct *, unsigned long, struct page *, struct page *);

/* Of uprobes. */
static int luf_replace_page(struct vm_area_struct *vma, unsigned long address, struct page *old,
			    struct page *new)
{
	int ret;

	luf_enter();
	ret = CALL(REPLACE, replace_fn, vma, address, old, new);
	luf_pay_mm_at(LUF_AT_uprobe_replace_page, vma->vm_mm);
	luf_leave();
	return ret;
}

typedef unsigned long (*free_pages_fn)(void *, int, gfp_t, nodemask_t *);

/* Who reclaims for itself needs the frames, not the promise of them. */
static unsigned long luf_try_to_free_pages(void *zonelist, int order, gfp_t gfp, nodemask_t *nodes)
{
	unsigned long ret;

	luf_enter();
	ret = CALL(FREE_PAGES, free_pages_fn, zonelist, order, gfp, nodes);
	luf_pay_all_at(LUF_AT_try_to_free_pages);
	luf_release(false);
	luf_leave();
	return ret;
}

typedef bool (*oom_fn)(struct oom_control *);

/* Nothing is killed while frames are held back. */
static bool luf_out_of_memory(struct oom_control *control)
{
	bool ret = true;

	luf_enter();
	if (luf_held_frames() && luf_reach(LUF_AT_out_of_memory))
		luf_release(true);
	else
		ret = CALL(OOM, oom_fn, control);
	luf_leave();
	return ret;
}

typedef int (*add_fn)(struct address_space *, struct folio *, pgoff_t, gfp_t);

/* A repair: whatever the content of a page comes from, it comes into a slot that is empty. */
static int luf_filemap_add_folio(struct address_space *mapping, struct folio *folio, pgoff_t index,
				 gfp_t gfp)
{
	int ret;

	luf_enter();
	luf_pay_mapping_at(LUF_AT_filemap_add_folio, mapping);
	ret = CALL(ADD_FOLIO, add_fn, mapping, folio, index, gfp);
	luf_leave();
	return ret;
}

#define HOOK(id, function, at)                                                                    \
	[id] = { .name = #function, .wrapper = luf_##function, .optional = true, .point = at }

struct luf_hook luf_cancel_hooks[] = {
	HOOK(FAULT, handle_mm_fault, LUF_AT_handle_mm_fault),
	HOOK(WP_PAGE, do_wp_page, LUF_AT_do_wp_page),
	HOOK(FINISH, tlb_finish_mmu, LUF_AT_tlb_end_vma),
	HOOK(CLEAR_FLUSH, ptep_clear_flush, LUF_AT_ptep_clear_flush),
	HOOK(PERFORM_WRITE, generic_perform_write, LUF_AT_file_end_write),
	HOOK(DA_WRITE_BEGIN, ext4_da_write_begin, LUF_AT_mapping_write_begin),
	HOOK(WRITE_BEGIN, ext4_write_begin, LUF_AT_mapping_write_begin),
	HOOK(SHMEM_BEGIN, shmem_write_begin, LUF_AT_mapping_write_begin),
	HOOK(DIO, iomap_dio_rw, LUF_AT_iomap_dio_rw),
	HOOK(MKCLEAN, folio_mkclean, LUF_AT_folio_mkclean),
	HOOK(INVALIDATE, folio_invalidate, LUF_AT_folio_invalidate),
	HOOK(TRUNCATE_FOLIO, truncate_inode_folio, LUF_AT_truncate_inode_folio),
	HOOK(TRUNCATE_RANGE, truncate_inode_pages_range, LUF_AT_truncate_inode_pages_range),
	HOOK(EVICT, mapping_evict_folio, LUF_AT_mapping_evict_folio),
	HOOK(INVALIDATE_RANGE, invalidate_inode_pages2_range, LUF_AT_invalidate_inode_pages2_range),
	HOOK(REMOVE, remove_mapping, LUF_AT_remove_mapping),
	[REPLACE] = { .name = "__replace_page", .wrapper = luf_replace_page, .optional = true,
		      .point = LUF_AT_uprobe_replace_page },
	HOOK(FREE_PAGES, try_to_free_pages, LUF_AT_try_to_free_pages),
	HOOK(OOM, out_of_memory, LUF_AT_out_of_memory),
	HOOK(ADD_FOLIO, filemap_add_folio, LUF_AT_filemap_add_folio),
	{}
};
