package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bursar/tui/tuitest/ptytest"
)

// smallDisk moves a home to a disk of its own, of so many MiB.
func smallDisk(t *testing.T, h *home, size int) {
	t.Helper()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%dm", size)); err != nil {
		t.Skip("a disk that can be filled has to be mounted, which is not permitted here:", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	h.dir = filepath.Join(disk, "bursar")
	h.set("BURSAR_HOME="+h.dir, "HOME="+disk)
}

// fill takes the rest of a home's disk; free gives it back.
func fill(h *home) (free func()) {
	h.t.Helper()
	path := filepath.Join(filepath.Dir(h.dir), "fill")
	f, err := os.Create(path)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := io.Copy(f, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		h.t.Fatal("filling the disk:", err)
	}
	if err := f.Close(); err != nil {
		h.t.Fatal(err)
	}
	return func() {
		h.t.Helper()
		if err := os.Remove(path); err != nil {
			h.t.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

const diskIsFull = `(?i)the disk is full.*\n +\S+`

// On a full disk every command that needs it says so, and when there is room
// again everything that was answered is there.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	sandbox := func(args ...string) []string { return append([]string{"--profile", "sandbox"}, args...) }
	h := newHome(t)
	smallDisk(t, h, 16)
	h.run(sandbox("customers", "create", "before@example.com")...).exits(0)
	free := fill(h)
	for _, args := range [][]string{
		sandbox("customers", "create", "during@example.com"), sandbox("customers", "search", "tanaka"), sandbox("logs", "--limit", "1"),
		sandbox("checkout", "create", "--item", coffee), sandbox("products", "list"), {"demo"},
	} {
		h.run(args...).exits(1).complains(diskIsFull)
	}
	f := h.run(sandbox("logs", "--json")...).exits(1).failure()
	if f.Code != "storage" || f.Next == "" {
		t.Errorf("%+v", f)
	}
	h.set("BURSAR_PASSPHRASE=horse battery staple")
	h.give(secretKey+"\n", "config", "set", "--profile", "shop", "--secret-key-stdin", "--skip-verify").exits(1).complains(`(?i)disk is full|no space.*\n +\S+`)
	h.run("version").exits(0)
	free()
	h.run("config", "exists", "--profile", "shop").exits(3)
	h.run(sandbox("customers", "search", "before@example.com")...).exits(0).says(`before@example\.com`)
	h.run(sandbox("logs", "--limit", "1")...).exits(0).says(`customer\.created`)
	h.run("demo").exits(0)
}

// A disk that fills under the interface leaves it usable: what was typed stays,
// and it goes through once there is room.
func TestDiskFillsUnderTheInterface(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	smallDisk(t, h, 16)
	term := h.open(ptytest.Options{Args: []string{"demo"}})
	term.Until(`synced(?s:.*)\[1 Home\]`)
	free := fill(h)
	var answered []string // by a process that shares the shop
	for i := 0; ; i++ {
		email := fmt.Sprintf("full%d@example.com", i)
		out := h.run("--profile", "sandbox", "customers", "create", email)
		if out.code == 0 {
			answered = append(answered, email)
			continue
		}
		if out.complains(diskIsFull); out.code != 1 && out.code != 8 {
			t.Errorf("exit code %d", out.code)
		}
		break
	}
	term.Press("5")
	term.Until(`\[5 Customers\]`)
	term.Press("text:typed@example.com", "enter")
	term.Until(`Create a customer with typed@example\.com`)
	term.Press("enter")
	term.Until(`(?i)disk is full`)
	term.Until(`typed@example\.com`)
	term.Press("esc", "esc")
	term.Until(`/ search`) // a key right after esc would be taken for alt and the key
	term.Press("1")
	term.Until(`\[1 Home\]`)
	free()
	h.run("--profile", "sandbox", "customers", "create", "typed@example.com").exits(0)
	term.Press("5")
	term.Until(`typed@example\.com`)
	term.Press("esc", "esc")
	term.Until(`/ search`) // a key right after esc would be taken for alt and the key
	term.Press("1")
	term.Until(`\[1 Home\]`)
	term.Press("q")
	if code := term.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.Restored()
	for _, email := range answered {
		h.run("--profile", "sandbox", "customers", "search", email).exits(0).says(email)
	}
}

// A profile's archive on a full disk says so; the account elsewhere is untouched.
func TestDiskIsFullUnderTheArchive(t *testing.T) {
	t.Parallel()
	_, base := serve(newHome(t))
	h := configured(t, base)
	settings, err := os.ReadFile(h.file("config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	h.set("STRIPE_API_KEY=" + shopKey)
	smallDisk(t, h, 4)
	write(t, h.file("config.toml"), settings)
	h.run("logs", "--limit", "1").exits(0)
	free := fill(h)
	for _, args := range [][]string{{"logs"}, {"checkout", "create", "--item", coffee}, {"customers", "search", "tanaka"}} {
		h.run(args...).exits(1).complains(diskIsFull)
	}
	h.run("config", "show").exits(0)
	free()
	h.run("logs", "--limit", "1").exits(0).says(`evt_`)
	h.run("checkout", "create", "--item", coffee).exits(0)
}

// Somebody else's home can be read at most: every command says so and changes
// nothing. Root, who may write anywhere, becomes nobody for it.
func TestHomeOfSomebodyElse(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	dir, err := os.MkdirTemp("", "bursar-else")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(dir, "bursar"), 0o700) //nolint:gosec // it is removed
		_ = os.RemoveAll(dir)
	})
	h.dir = filepath.Join(dir, "bursar")
	h.set("BURSAR_HOME="+h.dir, "HOME="+dir, "BURSAR_PASSPHRASE=horse battery staple")
	binary, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "program")                                                                                                        // the test's own lies where nobody may look
	if err := errors.Join(os.WriteFile(own, binary, 0o755), os.Chmod(dir, 0o755), os.Mkdir(h.dir, 0o755), os.Chmod(h.dir, 0o555)); err != nil { //nolint:gosec // for others to run
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		for _, args := range [][]string{
			{"demo"}, {"demo", "--fresh"}, {"config", "set", "--profile", "shop", "--secret-key-stdin", "--skip-verify"}, {"config", "use", "sandbox"},
			{"--profile", "sandbox", "logs"}, {"--profile", "sandbox", "customers", "search", "tanaka"}, {"--profile", "sandbox", "checkout", "create", "--item", coffee},
		} {
			out := h.asNobody(own, args...).exits(1)
			out.complains(`^bursar: .*(permission denied|may not write).*\n +Give your user the right`)
			if out.stdout != "" {
				t.Errorf("bursar %s says %s", strings.Join(args, " "), out.stdout)
			}
		}
		h.asNobody(own, "version").exits(0)
	}
	check()
	if left, err := os.ReadDir(h.dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if os.Geteuid() != 0 {
		return // a home that another user filled takes another user
	}
	h.run("--profile", "sandbox", "customers", "create", "kept@example.com").exits(0)
	check() // its folders are closed to others
	open := func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, map[bool]os.FileMode{true: 0o755, false: 0o644}[e.IsDir()])
	}
	if err := filepath.WalkDir(h.dir, open); err != nil {
		t.Fatal(err)
	}
	check() // and now to be read
	h.run("--profile", "sandbox", "customers", "search", "kept@example.com").exits(0).says(`kept@example\.com`)
}

// asNobody runs a copy of the program without root's rights.
func (h *home) asNobody(path string, args ...string) result {
	h.t.Helper()
	cmd := h.command(context.Background(), args...)
	cmd.Path, cmd.Stdin = path, strings.NewReader(secretKey+"\n")
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}}
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		h.t.Fatal(err)
	}
	return result{h.t, args, ptytest.Code(cmd.ProcessState), out.String(), errs.String()}
}
