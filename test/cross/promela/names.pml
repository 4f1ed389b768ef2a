/*
 * Thread n (from 1) is pinned to CPU n - 1. 0 stands for "none" everywhere, sets are bit masks.
 */
#define NONE 0
#define bit(n) (1 << (n))
#define me (_pid + 1)
#define cpu _pid

/*
 * One step of the model: a guard, `->`, and what happens with nobody in between. Spin 6.5.2 takes
 * an `if` at the very end of a d_step for a jump out of it where a never claim is present, hence
 * the `skip`.
 */
#define STEP :: d_step {
#define END ; skip }
