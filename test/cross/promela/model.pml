#include "state.pml"
#include "truth.pml"
#include "thread.pml"
#include "hardware.pml"
#ifdef DEADLOCK
#include "deadlock.pml"
#endif
