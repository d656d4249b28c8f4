package tuitest

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"
)

// esc does the sequences of two bytes.
func (v *VT) esc(cmd ansi.Cmd) {
	switch cmd.Final() {
	case '7':
		v.kept = point{v.x, v.y}
	case '8':
		v.moveTo(v.kept.x, v.kept.y)
	case 'M':
		if v.y == v.top {
			v.scroll(-1)
		} else {
			v.moveTo(v.x, v.y-1)
		}
	case '\\', '=', '>', 'B', '0': // the end of a string, keypad modes, character sets
	default:
		v.unknown = append(v.unknown, "ESC "+string(rune(cmd.Final())))
	}
}

// csi does a control sequence (ECMA-48, and xterm's private ones).
func (v *VT) csi(cmd ansi.Cmd, params ansi.Params) {
	arg := func(i, fallback int) int {
		if n, _, ok := params.Param(i, fallback); ok && n > 0 {
			return n
		}
		return fallback
	}
	switch {
	case cmd.Prefix() == '?' && (cmd.Final() == 'h' || cmd.Final() == 'l'):
		params.ForEach(0, func(_, mode int, _ bool) { v.mode(mode, cmd.Final() == 'h') })
	case cmd.Prefix() == 0 && cmd.Intermediate() == 0:
		if !v.motion(cmd.Final(), arg) && !v.erase(cmd.Final(), arg) && !v.report(cmd.Final(), arg) {
			v.unknown = append(v.unknown, "CSI "+string(rune(cmd.Final())))
		}
	case cmd.Intermediate() == ' ' && cmd.Final() == 'q': // the cursor's shape
	default:
		v.unknown = append(v.unknown, fmt.Sprintf("CSI %q %q %q", rune(cmd.Prefix()), rune(cmd.Intermediate()), rune(cmd.Final())))
	}
}

// mode turns a private mode on or off.
func (v *VT) mode(mode int, on bool) {
	v.modes[mode] = on
	if mode != 1049 || on == v.onAlt {
		return
	}
	if on {
		v.kept = point{v.x, v.y}
		v.alt = grid(v.cols, v.rows)
	}
	v.onAlt = on
	v.joins = false
	if !on {
		v.moveTo(v.kept.x, v.kept.y)
	}
}

func (v *VT) motion(final byte, arg func(i, fallback int) int) bool {
	switch final {
	case 'A':
		v.moveTo(v.x, v.y-arg(0, 1))
	case 'B':
		v.moveTo(v.x, v.y+arg(0, 1))
	case 'C':
		v.moveTo(v.x+arg(0, 1), v.y)
	case 'D':
		v.moveTo(v.x-arg(0, 1), v.y)
	case 'E':
		v.moveTo(0, v.y+arg(0, 1))
	case 'F':
		v.moveTo(0, v.y-arg(0, 1))
	case 'G':
		v.moveTo(arg(0, 1)-1, v.y)
	case 'd':
		v.moveTo(v.x, arg(0, 1)-1)
	case 'H', 'f':
		v.moveTo(arg(1, 1)-1, arg(0, 1)-1)
	case 's':
		v.kept = point{v.x, v.y}
	case 'u':
		v.moveTo(v.kept.x, v.kept.y)
	case 'r':
		if top, end := arg(0, 1)-1, min(arg(1, v.rows), v.rows); top < end {
			v.top, v.end = top, end
			v.moveTo(0, 0)
		}
	default:
		return false
	}
	return true
}

func (v *VT) erase(final byte, arg func(i, fallback int) int) bool {
	rows := v.cells()
	switch final {
	case 'J':
		switch arg(0, 0) {
		case 0:
			v.wipe(rows[v.y], v.x, v.cols)
			clearRows(rows[v.y+1:])
		case 1:
			v.wipe(rows[v.y], 0, v.x+1)
			clearRows(rows[:v.y])
		default:
			clearRows(rows)
		}
	case 'K':
		from, to := v.x, v.cols
		switch arg(0, 0) {
		case 1:
			from, to = 0, v.x+1
		case 2:
			from = 0
		}
		v.wipe(rows[v.y], from, to)
	case 'X':
		v.wipe(rows[v.y], v.x, min(v.cols, v.x+arg(0, 1)))
	case 'L', 'M':
		if v.y < v.top || v.y >= v.end {
			break
		}
		top, n := v.top, arg(0, 1)
		if final == 'L' {
			n = -n
		}
		v.top = v.y
		v.scroll(n)
		v.top = top
	case 'S':
		v.scroll(arg(0, 1))
	case 'T':
		v.scroll(-arg(0, 1))
	default:
		return false
	}
	v.joins = false
	return true
}

func clearRows(rows [][]square) {
	for _, r := range rows {
		clear(r)
	}
}

// report answers questions, and passes over colours.
func (v *VT) report(final byte, arg func(i, fallback int) int) bool {
	switch final {
	case 'm':
	case 'n':
		if arg(0, 0) == 6 {
			v.ask("CSI 6n", fmt.Sprintf("\x1b[%d;%dR", v.y+1, v.x+1))
		} else {
			v.ask("CSI n", "\x1b[0n")
		}
	case 'c':
		v.ask("CSI c", "\x1b[?62;22c")
	default:
		return false
	}
	return true
}
