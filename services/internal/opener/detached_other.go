//go:build !unix

package opener

import "syscall"

// detached has nothing to do where programs are started without the terminal.
func detached() *syscall.SysProcAttr { return nil }
