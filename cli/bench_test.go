package cli_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bursar/tui/tuitest/ptytest"
)

// The whole process as its user feels it, in a terminal of 120 columns and 40
// rows. Run them by .ci/bench, which measures the stripped binary:
//
//	BURSAR_TEST_PROGRAM=path go test ./cli -run '^$' -bench . -benchtime 20x

// figures are measurements of one kind.
type figures []float64

// at is a quantile by nearest rank.
func (f figures) at(q float64) float64 {
	if len(f) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(f))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkVersion is the smallest command. Its memory is what GNU time reports:
// a process started by this one is charged for this one's.
func BenchmarkVersion(b *testing.B) {
	h := newHome(b)
	var cpu, wall, peak figures
	for range b.N {
		cmd := h.command(b.Context(), "version")
		started := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		wall = append(wall, milliseconds(time.Since(started)))
		cpu = append(cpu, milliseconds(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()))
		if out, err := exec.Command("/usr/bin/time", "-f", "%M", program, "version").CombinedOutput(); err == nil {
			lines := strings.Fields(string(out))
			kib, _ := strconv.ParseFloat(lines[len(lines)-1], 64) // GNU time writes a number
			peak = append(peak, kib/1024)
		}
	}
	b.ReportMetric(cpu.at(.5), "cpu-ms")
	b.ReportMetric(wall.at(.5), "wall-ms")
	b.ReportMetric(peak.at(1), "peak-MiB")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkBinarySize(b *testing.B) {
	info, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFirstFrame starts the interface on a shop that exists already.
func BenchmarkFirstFrame(b *testing.B) {
	for _, mute := range []bool{false, true} {
		b.Run(map[bool]string{false: "answering", true: "mute"}[mute], func(b *testing.B) {
			h := newHome(b)
			h.run("--profile", "sandbox", "logs", "--limit", "1").exits(0)
			var first, peak figures
			for range b.N {
				started := time.Now()
				term := h.open(ptytest.Options{Args: []string{"demo"}, Cols: 120, Rows: 40, Mute: mute, Env: []string{"COLORTERM=truecolor"}})
				term.Until(`What would you like to do`)
				first = append(first, milliseconds(term.Last().Sub(started)))
				term.Quiet(ptytest.Frame)
				peak = append(peak, peakMiB(b, term.PID()))
				term.Press("ctrl+c")
				term.End()
			}
			b.ReportMetric(first.at(.5), "p50-ms")
			b.ReportMetric(first.at(.95), "p95-ms")
			b.ReportMetric(peak.at(1), "peak-MiB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkKey moves the cursor up and down lists. A key is pressed when nothing
// has been drawn for a while, so that what a list shows late of the row before
// (the Logs screen reads an event when the cursor rests on it) is not counted as
// this key's.
func BenchmarkKey(b *testing.B) {
	for _, list := range []struct {
		name, tab, ready string
		rows             int
	}{
		{"Products", "4", `▸ ✓ +Copper`, 10}, {"Customers", "5", `newest first`, 25}, {"Logs", "6", `1 of \d`, 300},
	} {
		b.Run(list.name, func(b *testing.B) {
			term := openList(b, list.tab, list.ready)
			var first, done, bytes figures
			for i := range b.N {
				term.Quiet(3 * ptytest.Frame)
				time.Sleep(rand.N(17 * time.Millisecond)) // out of step with the frame clock
				pressed := time.Now()
				reaction := term.React([]string{"down", "up"}[i/list.rows%2])
				first = append(first, milliseconds(reaction.First.Sub(pressed)))
				done = append(done, milliseconds(reaction.Last.Sub(pressed)))
				bytes = append(bytes, float64(reaction.Bytes))
			}
			b.ReportMetric(first.at(.5), "p50-ms")
			b.ReportMetric(first.at(.99), "p99-ms")
			b.ReportMetric(done.at(.5), "done-p50-ms")
			b.ReportMetric(done.at(.99), "done-p99-ms")
			b.ReportMetric(bytes.at(.95), "p95-bytes")
			b.ReportMetric(peakMiB(b, term.PID()), "peak-MiB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func openList(b *testing.B, tab, ready string) *ptytest.Terminal {
	b.Helper()
	term := newHome(b).open(ptytest.Options{Args: []string{"demo"}, Cols: 120, Rows: 40, Env: []string{"COLORTERM=truecolor"}})
	term.Until(`What would you like to do`)
	term.Press(tab)
	term.Until(ready)
	if tab == "5" {
		term.Press("esc") // out of the search field
	}
	term.Quiet(ptytest.Frame)
	return term
}

// BenchmarkIdle watches the home screen do nothing for a second an iteration.
func BenchmarkIdle(b *testing.B) {
	term := openList(b, "1", `What would you like to do`)
	term.Until(`synced \d+ s`)
	time.Sleep(5 * time.Second) // until the work of the start is done
	before, written, started := cpuTime(b, term.PID()), len(term.Raw()), time.Now()
	for range b.N {
		time.Sleep(time.Second) // what is measured is the passing of time
	}
	passed := time.Since(started).Seconds()
	b.ReportMetric((cpuTime(b, term.PID())-before).Seconds()/passed*100, "cpu-%")
	b.ReportMetric(float64(len(term.Raw())-written)/passed, "bytes/s")
	b.ReportMetric(0, "ns/op")
}

// peakMiB is the largest resident memory a process had (Linux).
func peakMiB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		b.Skip("this system has no /proc to read memory from")
	}
	var kib float64
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %f", &kib); err == nil {
			return kib / 1024
		}
	}
	return math.NaN()
}

// cpuTime is the processor time a process has taken (Linux).
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		b.Skip("this system has no /proc to read processor time from")
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks time.Duration
	for _, f := range fields[11:13] {
		n, _ := strconv.Atoi(f) // the kernel writes numbers
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond // USER_HZ is 100
}
