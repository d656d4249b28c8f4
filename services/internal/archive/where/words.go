package where

import (
	"bytes"
	"hash/maphash"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxWord is how many bytes of a word count, in what is searched as in what is
// searched for.
const maxWord = 64

// splitter splits text into folded words: runs of letters and digits in lower
// case, without the marks of Latin, Greek and Cyrillic letters. Scripts that
// write no spaces have words of one character.
type splitter struct {
	word []byte
	left int                    // words still to come at most
	emit func(word []byte) bool // called for each word, which it must not keep; false ends the work
}

// text splits a text. It returns false once emit has.
func (s *splitter) text(text []byte) bool {
	s.word = s.word[:0]
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			s.word = append(s.word, c)
		case c >= 'A' && c <= 'Z':
			s.word = append(s.word, c|0x20)
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(text[i:])
			if i += size; !s.rune(r) {
				return false
			}
			continue
		default:
			if !s.end() {
				return false
			}
		}
		i++
	}
	return s.end()
}

// rune adds a character beyond ASCII to the word, or ends the word with it.
func (s *splitter) rune(r rune) bool {
	r = unicode.ToLower(r)
	base, folded := foldings()[r]
	switch {
	case folded:
		s.word = append(s.word, base...)
	case r >= 0x300 && r <= 0x36F: // combining diacritical marks
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		if !s.end() {
			return false
		}
		s.word = utf8.AppendRune(s.word, r)
		return s.end()
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
		s.word = utf8.AppendRune(s.word, r)
	default:
		return s.end()
	}
	return true
}

// end ends the word, if one has begun.
func (s *splitter) end() bool {
	if len(s.word) == 0 {
		return true
	}
	word := s.word
	if len(word) > maxWord {
		cut := maxWord
		for !utf8.RuneStart(word[cut]) {
			cut--
		}
		word = word[:cut]
	}
	s.word = s.word[:0]
	s.left--
	return s.left >= 0 && s.emit(word)
}

// foldings are the letters that bases stand for.
var foldings = sync.OnceValue(func() map[rune]string {
	m := map[rune]string{}
	for _, b := range bases {
		for _, r := range b.letters {
			m[r] = b.base
		}
	}
	return m
})

// QueryWords are the folded words of a text, each once: what $search looks for.
// An event is found when each of them begins one of its Words.
func QueryWords(text string) []string {
	var c collector
	s := splitter{emit: c.add, left: len(text)}
	s.text([]byte(text))
	return c.words()
}

// collector keeps words, each once.
type collector struct {
	text  []byte // all words, one after the other
	ends  []int  // where each ends
	table []int  // by hash: the number of a word, from 1; 0 where there is none
	seed  maphash.Seed
}

// add keeps a word that is new.
func (c *collector) add(word []byte) bool {
	if 2*len(c.ends) >= len(c.table) {
		c.grow()
	}
	if place := c.place(word); c.table[place] == 0 {
		c.text = append(c.text, word...)
		c.ends = append(c.ends, len(c.text))
		c.table[place] = len(c.ends)
	}
	return true
}

// place is where in the table a word is, or would be.
func (c *collector) place(word []byte) int {
	last := len(c.table) - 1
	at := int(maphash.Bytes(c.seed, word)) & last
	for c.table[at] != 0 && !bytes.Equal(c.word(c.table[at]-1), word) {
		at = (at + 1) & last
	}
	return at
}

func (c *collector) word(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.text[start:c.ends[i]]
}

// grow doubles the table.
func (c *collector) grow() {
	if c.table == nil {
		*c = collector{text: make([]byte, 0, 512), ends: make([]int, 0, 64), table: make([]int, 128), seed: maphash.MakeSeed()}
		return
	}
	c.table = make([]int, 2*len(c.table))
	for i := range c.ends {
		c.table[c.place(c.word(i))] = i + 1
	}
}

// words are the kept words, in the order they came.
func (c *collector) words() []string {
	all, start := string(c.text), 0
	words := make([]string, len(c.ends))
	for i, end := range c.ends {
		words[i], start = all[start:end], end
	}
	return words
}
