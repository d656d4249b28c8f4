//go:build unix

package opener

import "syscall"

// detached gives a browser a session of its own: it cannot read this terminal,
// and closing the terminal does not end it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
