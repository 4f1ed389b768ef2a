#include "state.pml"
#include "truth.pml"
#include "thread.pml"
#include "hardware.pml"
