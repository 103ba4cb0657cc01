// The families of AF_BLUETOOTH on Linux. The kernel exports no header for them (BlueZ ships copies of its own), so the
// numbers stand here: include/net/bluetooth/{bluetooth,hci_sock,l2cap,rfcomm,sco}.h of the kernel.

/** @import { Family } from './table.js' */

/** @type {readonly Family[]} */
export const bluetooth = [
  {
    kind: 'BTPROTO',
    roles: ['protocol'],
    linuxValues: {
      BTPROTO_L2CAP: 0, BTPROTO_HCI: 1, BTPROTO_SCO: 2, BTPROTO_RFCOMM: 3, BTPROTO_BNEP: 4, BTPROTO_CMTP: 5,
      BTPROTO_HIDP: 6, BTPROTO_AVDTP: 7, BTPROTO_ISO: 8,
    },
  },
  {
    kind: 'SOL',
    roles: ['level'],
    linuxValues: { SOL_HCI: 0, SOL_L2CAP: 6, SOL_SCO: 17, SOL_RFCOMM: 18 },
  },
  {
    // Address types of L2CAP.
    kind: 'BDADDR',
    linuxValues: { BDADDR_BREDR: 0, BDADDR_LE_PUBLIC: 1, BDADDR_LE_RANDOM: 2 },
  },
  {
    // Options of SOL_HCI.
    kind: 'HCI',
    roles: ['option'],
    linuxValues: { HCI_DATA_DIR: 1, HCI_FILTER: 2, HCI_TIME_STAMP: 3 },
  },
  {
    // The device and channel in an HCI address.
    kind: 'HCI_CHANNEL',
    linuxValues: {
      HCI_DEV_NONE: 0xffff, HCI_CHANNEL_RAW: 0, HCI_CHANNEL_USER: 1, HCI_CHANNEL_MONITOR: 2, HCI_CHANNEL_CONTROL: 3,
      HCI_CHANNEL_LOGGING: 4,
    },
  },
  {
    // Options of SOL_L2CAP, SOL_RFCOMM, SOL_SCO and SOL_BLUETOOTH.
    kind: 'BT',
    roles: ['option'],
    linuxValues: {
      L2CAP_OPTIONS: 1, L2CAP_CONNINFO: 2, L2CAP_LM: 3, RFCOMM_CONNINFO: 2, RFCOMM_LM: 3, SCO_OPTIONS: 1,
      SCO_CONNINFO: 2, BT_SECURITY: 4, BT_DEFER_SETUP: 7, BT_FLUSHABLE: 8, BT_POWER: 9, BT_CHANNEL_POLICY: 10,
      BT_VOICE: 11, BT_SNDMTU: 12, BT_RCVMTU: 13, BT_PHY: 14, BT_MODE: 15, BT_PKT_STATUS: 16, BT_ISO_QOS: 17,
      BT_CODEC: 19,
    },
  },
  {
    // Values of those options.
    kind: 'BT_VALUE',
    linuxValues: {
      L2CAP_LM_MASTER: 0x01, L2CAP_LM_AUTH: 0x02, L2CAP_LM_ENCRYPT: 0x04, L2CAP_LM_TRUSTED: 0x08,
      L2CAP_LM_RELIABLE: 0x10, L2CAP_LM_SECURE: 0x20, RFCOMM_LM_MASTER: 0x01, RFCOMM_LM_AUTH: 0x02,
      RFCOMM_LM_ENCRYPT: 0x04, RFCOMM_LM_TRUSTED: 0x08, RFCOMM_LM_RELIABLE: 0x10, RFCOMM_LM_SECURE: 0x20,
      BT_SECURITY_SDP: 0, BT_SECURITY_LOW: 1, BT_SECURITY_MEDIUM: 2, BT_SECURITY_HIGH: 3, BT_SECURITY_FIPS: 4,
      BT_FLUSHABLE_OFF: 0, BT_FLUSHABLE_ON: 1, BT_POWER_FORCE_ACTIVE_OFF: 0, BT_POWER_FORCE_ACTIVE_ON: 1,
      BT_CHANNEL_POLICY_BREDR_ONLY: 0, BT_CHANNEL_POLICY_BREDR_PREFERRED: 1, BT_CHANNEL_POLICY_AMP_PREFERRED: 2,
      BT_VOICE_TRANSPARENT: 0x0003, BT_VOICE_CVSD_16BIT: 0x0060, BT_VOICE_TRANSPARENT_16BIT: 0x0063,
      BT_PHY_BR_1M_1SLOT: 0x0001, BT_PHY_BR_1M_3SLOT: 0x0002, BT_PHY_BR_1M_5SLOT: 0x0004,
      BT_PHY_EDR_2M_1SLOT: 0x0008, BT_PHY_EDR_2M_3SLOT: 0x0010, BT_PHY_EDR_2M_5SLOT: 0x0020,
      BT_PHY_EDR_3M_1SLOT: 0x0040, BT_PHY_EDR_3M_3SLOT: 0x0080, BT_PHY_EDR_3M_5SLOT: 0x0100,
      BT_PHY_LE_1M_TX: 0x0200, BT_PHY_LE_1M_RX: 0x0400, BT_PHY_LE_2M_TX: 0x0800, BT_PHY_LE_2M_RX: 0x1000,
      BT_PHY_LE_CODED_TX: 0x2000, BT_PHY_LE_CODED_RX: 0x4000, BT_MODE_BASIC: 0, BT_MODE_ERTM: 1,
      BT_MODE_STREAMING: 2, BT_MODE_LE_FLOWCTL: 3, BT_MODE_EXT_FLOWCTL: 4,
    },
  },
]
