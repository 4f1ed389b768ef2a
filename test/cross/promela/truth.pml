/*
 * What user programs may see. There is one content, the file page; a frame holds some version of
 * it, or bytes that are none of ours. An access is wrong if nothing since its thread's knowledge
 * explains it.
 */
/* What an access can be; `wrong(leak)` fails as "assertion violated (2==0)". */
#define stale_read 1
#define leak 2
#define lost_write 3
#define stale_permission 4

bool ours[3] = {false, true, false};
byte version[3];
byte newest;
byte on_disk;
/* The frame that a store must reach. */
byte home = 1;

byte known[4];
/* Whether a thread may still find the file page at the address, and store to it. */
bool may_read[4] = true;
bool may_write[4] = VMA_WRITABLE;
bool moved[4];

/* What is on its way to a thread. */
bool sent_open[4];
byte sent_known[4];
bool sent_read[4];
bool sent_write[4];
bool sent_moved[4];

inline wrong(what) {
  assert(what == 0)
}

inline new_version(f) {
  newest++;
  ours[f] = true;
  version[f] = newest;
  known[me] = newest
}

inline user_loads(f) {
  if
  :: may_read[me] && ours[f] && known[me] <= version[f] -> known[me] = version[f]
  :: else ->
    if
    :: !may_read[me] -> wrong(stale_permission)
    :: may_read[me] && ours[f] -> wrong(stale_read)
    :: may_read[me] && !ours[f] -> wrong(leak)
    fi
  fi
}

inline user_stores(f) {
  if
  :: !may_write[me] -> wrong(stale_permission)
  :: may_write[me] && ours[f] && home == f -> new_version(f)
  :: may_write[me] && !(ours[f] && home == f) -> wrong(lost_write)
  fi
}

inline read_in(f) {
  ours[f] = true;
  version[f] = on_disk
}

inline overwritten(f) {
  ours[f] = false;
  version[f] = 0
}

inline freed(f) {
  if
  :: home == f -> home = NONE
  :: else
  fi
}

/* The caller's own unmapping is known to it at once; the others learn of it by a message only. */
inline address_is_gone(t) {
  if
  :: t == me -> may_read[t] = false; may_write[t] = false; moved[t] = false
  :: else -> moved[t] = true
  fi;
  if
  :: sent_open[t] -> sent_moved[t] = true
  :: else
  fi
}

inline send_to(t) {
  sent_open[t] = true;
  sent_known[t] = known[me];
  sent_read[t] = may_read[me];
  sent_write[t] = may_write[me];
  sent_moved[t] = moved[me]
}

/* Of two views of the address the narrower one is the later. */
inline receive() {
  sent_open[me] = false;
  known[me] = (known[me] < sent_known[me] -> sent_known[me] : known[me]);
  sent_known[me] = 0;
  if
  :: (!sent_read[me] || may_read[me]) && (!sent_write[me] || may_write[me]) ->
    may_read[me] = sent_read[me];
    may_write[me] = sent_write[me];
    moved[me] = sent_moved[me]
  :: else
  fi;
  sent_read[me] = false;
  sent_write[me] = false;
  sent_moved[me] = false
}
