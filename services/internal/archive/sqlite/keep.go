package sqlite

// keep does what storing leaves to be done, until the archive is closed.
func (a *Archive) keep() {
	for {
		select {
		case <-a.ended.Done():
			return
		case <-a.stored:
		}
	}
}
