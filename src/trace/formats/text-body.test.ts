// Bodies as the kernel and trace-cmd print them, in every spelling seen in recordings, against the
// numbers of the binary record.

import { expect, test } from 'vitest';
import { collectText } from './testing/collect.ts';

async function numbers(eventAndBody: string): Promise<Record<string, number | string | undefined>> {
  const { records } = await collectText(`  sh-1 [000] 1.000000: ${eventAndBody}\n`);
  const fields = records[0]?.fields ?? {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, [number, hex, text]]) => [name, number ?? hex ?? text]),
  );
}

test.each([
  ['tlb_flush: pages:-1 reason:local mm shootdown (3)', { pages: -1, reason: 3 }],
  ['tlb_flush: pages=16 reason= (4)', { pages: 16, reason: 4 }],
  ['tlb_flush: pages=18446744073709551615 reason=x (0)', { pages: -1, reason: 0 }],
  ['tlb_flush: reason=0x3 (3) pages=0xffffffffffffffff (-1)', { pages: -1, reason: 3 }],
  ['tlb_flush: reason=0 pages=-1', { pages: -1, reason: 0 }],
  [
    'mm_page_alloc: page=0xffffffff8239d1f8 pfn=0x4d88 order=1 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO',
    { pfn: 0x4d88, order: 1, migratetype: 0, gfp_flags: 'GFP_KERNEL|__GFP_ZERO' },
  ],
  [
    'mm_page_alloc: page=(nil) pfn=0x0 order=9 migratetype=1 gfp_flags=GFP_USER',
    { pfn: 'ffffffffffffffff', order: 9, migratetype: 1, gfp_flags: 'GFP_USER' },
  ],
  ['mm_page_free: page=000000009a2cfe6f pfn=0x8038 order=0', { pfn: 0x8038, order: 0 }],
  ['mm_page_free_batched: page=0xffffffff823a04a8 pfn=0x8038 order=0', { pfn: 0x8038 }],
  [
    'mm_filemap_add_to_page_cache: dev 259:0 ino c pfn=0x29b1 ofs=434364416 order=0',
    { s_dev: 271_581_184, i_ino: 12, pfn: 0x29b1, index: 0x19e3e, order: 0 },
  ],
  [
    'mm_filemap_add_to_page_cache:  pfn=0x29d7 i_ino=10300000 index=0xe92 s_dev=3 order=0',
    { pfn: 0x29d7, i_ino: 0x1030_0000, index: 0xe92, s_dev: 3, order: 0 },
  ],
  [
    'mm_filemap_map_pages: dev=0:2 ino=35 ofs=229376-294911',
    { s_dev: 2, i_ino: 0x35, index: 0x38, last_index: 0x47 },
  ],
  [
    'unmap_one_ret:        (ffffffff812d7e20 <- ffffffff812d6868) ret=1',
    { ret: 1, __probe_func: 'ffffffff812d7e20', __probe_ret_ip: 'ffffffff812d6868' },
  ],
  [
    'unmap_one_ret: (rmap_walk_file+0x88/0x1a0 <- try_to_unmap_one) ret=0x1',
    { ret: 1, __probe_func: 'try_to_unmap_one', __probe_ret_ip: 'rmap_walk_file+0x88/0x1a0' },
  ],
  [
    'flush_mm: __probe_ip=0xffffffff810ad514 (-2129996524) start=0x0 (0) end=0xffffffffffffffff (-1) freed=(1)',
    { __probe_ip: 'ffffffff810ad514', start: 0, end: 'ffffffffffffffff', freed: 1 },
  ],
  ['sys_munmap(addr: 7f0958000000, len: 1ff000)', { addr: 0x7f09_5800_0000, len: 0x1ff000 }],
  [
    'sys_enter_munmap: addr: 0x7f0958000000, len: 0x1ff000',
    { addr: 0x7f09_5800_0000, len: 0x1ff000 },
  ],
  ['sys_munmap -> 0x0', { ret: 0 }],
  ['sys_exit_execve: 0xfffffffffffffffe', { ret: -2 }],
  [
    'sched_switch: wl:178 [120] R ==> x:y:176 [100]',
    {
      prev_comm: 'wl',
      prev_pid: 178,
      prev_prio: 120,
      prev_state: 'R',
      next_comm: 'x:y',
      next_pid: 176,
      next_prio: 100,
    },
  ],
  [
    'sched_wakeup: rcu_preempt:16 [120] CPU:010',
    { comm: 'rcu_preempt', pid: 16, prio: 120, target_cpu: 10 },
  ],
  [
    'rss_stat: mm_id=326576011 curr=1 type=MM_ANONPAGES size=204800B',
    { mm_id: 326_576_011, curr: 1, member: 1, size: 204_800 },
  ],
  [
    'vma_store: mt_mod 0xff11000004850d80, (0xff1100000687ba18), STORE, 4096, 8191,',
    { mt: 'ff11000004850d80', vma: 'ff1100000687ba18', vm_start: 4096, vm_end: 8191 },
  ],
  [
    'set_migration_pte: addr=7f23b0fa8000, pte=eff9fffffe2b4002 order=0',
    { addr: 0x7f23_b0fa_8000, pte: 'eff9fffffe2b4002', order: 0 },
  ],
  [
    'mm_migrate_pages: nr_succeeded=16 nr_failed=0 mode=MIGRATE_SYNC reason=syscall_or_cpuset',
    { succeeded: 16, failed: 0, mode: 2, reason: 3 },
  ],
  [
    'kfree: (free_bprm+0x8f) call_site=free_bprm+0x8f ptr=(nil)',
    { call_site: 'free_bprm+0x8f', ptr: 0 },
  ],
  [
    'x: runtime=251803 [ns] ok=true bad=99999999999999999999',
    { runtime: 251_803, ok: 1, bad: '99999999999999999999' },
  ],
  [
    'switch_mm: (a+0x0/0x1) comm="a b=c" prev=0x1',
    { __probe_ip: 'a+0x0/0x1', comm: 'a b=c', prev: 1 },
  ],
  [
    'handle_mm_fault <-do_user_addr_fault',
    { ip: 'handle_mm_fault', parent_ip: 'do_user_addr_fault' },
  ],
])('%s', async (line, fields) => {
  expect(await numbers(line)).toEqual(fields);
});
