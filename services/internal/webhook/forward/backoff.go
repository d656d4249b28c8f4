package forward

import (
	"math/rand/v2"
	"time"
)

// Backoff is how long is waited between attempts: First, twice as long each time,
// and Most at the longest, each a fifth shorter or longer by chance, so that what
// failed together does not come back together.
type Backoff struct{ First, Most time.Duration }

// after is the wait after so many failures.
func (b Backoff) after(failures int) time.Duration {
	wait := b.First
	for range failures - 1 {
		if wait >= b.Most {
			break
		}
		wait *= 2
	}
	wait = min(wait, b.Most)
	return wait - wait/5 + time.Duration(rand.Int64N(int64(2*wait/5)+1))
}
