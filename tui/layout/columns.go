package layout

// Column is one column of a table.
type Column struct {
	Title string
	Min   int  // cells it needs to be worth showing
	Max   int  // cells it can use; 0 takes a share of what is left
	Rank  int  // 0 always stays; of the others the highest is dropped first
	Right bool // align right, for amounts and counts
}

// Gap is the number of cells between two columns.
const Gap = 2

// Widths shares w cells between columns: a dropped column gets 0. Columns are
// dropped by rank until the rest fit at their Min; what is left goes to columns
// up to their Max, then to those without one.
func Widths(cols []Column, w int) []int {
	widths := make([]int, len(cols))
	shown := make([]bool, len(cols))
	for i := range shown {
		shown[i] = true
	}
	need := func() int {
		n, count := 0, 0
		for i, c := range cols {
			if shown[i] {
				n += c.Min
				count++
			}
		}
		return n + Gap*max(count-1, 0)
	}
	for need() > w {
		worst := -1
		for i, c := range cols {
			if shown[i] && c.Rank > 0 && (worst < 0 || c.Rank >= cols[worst].Rank) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		shown[worst] = false
	}
	left := w - need()
	flexible := 0
	for i, c := range cols {
		if !shown[i] {
			continue
		}
		widths[i] = c.Min
		if c.Max == 0 {
			flexible++
		}
	}
	for i, c := range cols {
		if shown[i] && c.Max > c.Min && left > 0 {
			give := min(c.Max-c.Min, left)
			widths[i] += give
			left -= give
		}
	}
	for i, c := range cols {
		if shown[i] && c.Max == 0 && flexible > 0 && left > 0 {
			give := left / flexible
			widths[i] += give
			left -= give
			flexible--
		}
	}
	if left < 0 {
		shrink(widths, -left)
	}
	return widths
}

// shrink takes cells from columns that may not be dropped, the widest first.
func shrink(widths []int, excess int) {
	for ; excess > 0; excess-- {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 1 {
			return
		}
		widths[widest]--
	}
}
