// Classic BPF, the language of packet filters: the parts of an instruction's code. See linux/filter.h, net/bpf.h.

/** @import { Family } from './table.js' */

/** @type {readonly Family[]} */
export const filters = [
  {
    kind: 'BPF',
    everywhere: `
      BPF_A BPF_ABS BPF_ADD BPF_ALU BPF_AND BPF_B BPF_DIV BPF_H BPF_IMM BPF_IND BPF_JA BPF_JEQ BPF_JGE BPF_JGT
      BPF_JMP BPF_JSET BPF_K BPF_LD BPF_LDX BPF_LEN BPF_LSH BPF_MEM BPF_MISC BPF_MOD BPF_MSH BPF_MUL BPF_NEG
      BPF_OR BPF_RET BPF_RSH BPF_ST BPF_STX BPF_SUB BPF_TAX BPF_TXA BPF_W BPF_X BPF_XOR`,
    linux: `
      BPF_MAXINSNS BPF_MEMWORDS`,
    // macOS has them in net/bpf.h, whose older versions lack BPF_MOD and BPF_XOR; the numbers are the language's own.
    fallback: {
      ...{ BPF_LD: 0x00, BPF_LDX: 0x01, BPF_ST: 0x02, BPF_STX: 0x03 },
      ...{ BPF_ALU: 0x04, BPF_JMP: 0x05, BPF_RET: 0x06, BPF_MISC: 0x07 },
      ...{ BPF_W: 0x00, BPF_H: 0x08, BPF_B: 0x10 },
      ...{ BPF_IMM: 0x00, BPF_ABS: 0x20, BPF_IND: 0x40, BPF_MEM: 0x60, BPF_LEN: 0x80, BPF_MSH: 0xa0 },
      ...{ BPF_ADD: 0x00, BPF_SUB: 0x10, BPF_MUL: 0x20, BPF_DIV: 0x30, BPF_OR: 0x40, BPF_AND: 0x50 },
      ...{ BPF_LSH: 0x60, BPF_RSH: 0x70, BPF_NEG: 0x80, BPF_MOD: 0x90, BPF_XOR: 0xa0 },
      ...{ BPF_JA: 0x00, BPF_JEQ: 0x10, BPF_JGT: 0x20, BPF_JGE: 0x30, BPF_JSET: 0x40 },
      ...{ BPF_K: 0x00, BPF_X: 0x08, BPF_A: 0x10, BPF_TAX: 0x00, BPF_TXA: 0x80 },
    },
  },
  {
    // Where a filter of Linux loads from that is not the packet itself.
    kind: 'SKF',
    linux: `
      SKF_AD_ALU_XOR_X SKF_AD_CPU SKF_AD_HATYPE SKF_AD_IFINDEX SKF_AD_MARK SKF_AD_MAX SKF_AD_NLATTR
      SKF_AD_NLATTR_NEST SKF_AD_OFF SKF_AD_PAY_OFFSET SKF_AD_PKTTYPE SKF_AD_PROTOCOL SKF_AD_QUEUE SKF_AD_RANDOM
      SKF_AD_RXHASH SKF_AD_VLAN_TAG SKF_AD_VLAN_TAG_PRESENT SKF_AD_VLAN_TPID SKF_LL_OFF SKF_NET_OFF`,
  },
]
