// Command report reads the output of go test -json, prints each package's result,
// every failure with its output and every skipped test, and fails when a test
// was skipped: in CI nothing skips, but for what the machine itself does not
// permit (mounting a small disk to fill), which no installation can mend.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// event is one line of go test -json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	said := map[string]*strings.Builder{}
	passed, failed, skipped, barred := 0, 0, 0, 0
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text())
			continue
		}
		name := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if said[name] == nil {
				said[name] = &strings.Builder{}
			}
			said[name].WriteString(e.Output)
		case "pass":
			if e.Test == "" {
				fmt.Printf("ok    %-50s %6.1fs\n", e.Package, e.Elapsed)
			} else {
				passed++
			}
			delete(said, name)
		case "skip":
			if e.Test != "" {
				if said[name] != nil && strings.Contains(said[name].String(), "not permitted here") {
					barred++
				} else {
					skipped++
				}
				fmt.Printf("SKIP  %s\n%s", name, said[name])
			}
			delete(said, name)
		case "fail":
			failed++
			fmt.Printf("FAIL  %s\n%s", name, said[name])
			delete(said, name)
		}
	}
	fmt.Printf("%d tests passed, %d failed, %d skipped", passed, failed, skipped)
	if barred > 0 {
		fmt.Printf(", %d not permitted on this machine", barred)
	}
	fmt.Println()
	if skipped > 0 || failed > 0 {
		os.Exit(1)
	}
}
