//go:build linux || darwin || freebsd

package sqlite

import "syscall"

// freeSpace is how many bytes this user may write to a folder's disk.
func freeSpace(folder string) (bytes int64, known bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(folder, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
