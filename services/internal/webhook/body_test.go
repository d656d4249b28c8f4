package webhook

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBodiesAreReadWhole(t *testing.T) {
	for _, size := range []int{0, 1, 4095, 4096, 4097, 16 << 10, 16<<10 + 1, 100_000, maxBody - 1, maxBody} {
		text := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		for _, length := range []int64{int64(size), -1} {
			for name, src := range map[string]io.Reader{
				"at once": bytes.NewReader(text), "the end with the last bytes": iotest.DataErrReader(bytes.NewReader(text)),
				"in halves": iotest.HalfReader(bytes.NewReader(text)),
			} {
				r := newRoom(4 << 20)
				b, err := r.read(src, length)
				if err != nil || !bytes.Equal(b.bytes, text) {
					t.Fatalf("%d bytes %s, announced as %d: %v", size, name, length, err)
				}
				b.release()
				if left := r.left.Load(); left != 4<<20 {
					t.Errorf("%d bytes %s: %d of the room are left", size, name, left)
				}
			}
		}
	}
}

func TestBodiesThatAreRefused(t *testing.T) {
	broken := errors.New("cut")
	for name, tt := range map[string]struct {
		src    io.Reader
		length int64
		room   int64
		want   error
	}{
		"announced too large":    {strings.NewReader(""), maxBody + 1, 4 << 20, errTooLarge},
		"too large, unannounced": {strings.NewReader(strings.Repeat("a", maxBody+1)), -1, 4 << 20, errTooLarge},
		"cut":                    {io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), 10, 4 << 20, broken},
		"cut at the limit":       {io.MultiReader(strings.NewReader(strings.Repeat("a", maxBody)), iotest.ErrReader(broken)), -1, 4 << 20, broken},
		"no room":                {strings.NewReader("abc"), 3, 4<<10 - 1, errFull},
		"no room to grow":        {strings.NewReader(strings.Repeat("a", 5000)), -1, 16 << 10, errFull},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(tt.room)
			if b, err := r.read(tt.src, tt.length); !errors.Is(err, tt.want) {
				t.Errorf("%v, %v", b, err)
			}
			if left := r.left.Load(); left != tt.room {
				t.Errorf("%d of %d are left", left, tt.room)
			}
		})
	}
}

// Whoever announces much and sends nothing takes little room.
func TestAnnouncingTakesNoRoom(t *testing.T) {
	r := newRoom(4 << 20)
	waits := make(chan struct{})
	src, end := io.Pipe()
	go func() {
		_, _ = r.read(io.MultiReader(readerFunc(func([]byte) (int, error) { close(waits); return 0, io.EOF }), src), maxBody)
	}()
	<-waits
	if held := 4<<20 - r.left.Load(); held > atOnce {
		t.Errorf("%d bytes are held for nothing", held)
	}
	_ = end.Close()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzBody(f *testing.F) {
	f.Add([]byte("abc"), int64(3), 1)
	f.Add(bytes.Repeat([]byte("x"), 5000), int64(-1), 7)
	f.Fuzz(func(t *testing.T, text []byte, length int64, step int) {
		r := newRoom(4 << 20)
		src := readerFunc(func(p []byte) (int, error) {
			if len(text) == 0 {
				return 0, io.EOF
			}
			n := copy(p[:min(len(p), 1+int(uint(step)%5000))], text)
			text = text[n:]
			return n, nil
		})
		want := bytes.Clone(text)
		b, err := r.read(src, max(-1, length))
		if err == nil {
			if !bytes.Equal(b.bytes, want) {
				t.Errorf("%d bytes became %d others", len(want), len(b.bytes))
			}
			b.release()
		}
		if r.left.Load() != 4<<20 {
			t.Errorf("room was lost")
		}
	})
}
