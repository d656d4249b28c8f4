package webhook

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// maxBody is the largest delivery, in bytes. Stripe states no limit; events
// have some kilobytes.
const maxBody = 1 << 20

// Why a body is not read.
var (
	errTooLarge = errors.New("the body is larger than 1 MiB")
	errFull     = errors.New("more deliveries wait than there is room for")
)

// room is the memory for the bodies that are held at once, by all targets of a
// receiver. A body counts from the moment its first byte is waited for until it
// is stored or refused, with the size of the buffer that it lies in.
type room struct {
	left  atomic.Int64
	pools [len(bodySizes)]sync.Pool // of *body, by the size of its buffer
}

// bodySizes are the sizes of buffers. Most events fit the first or the second.
var bodySizes = [...]int{4 << 10, 16 << 10, 64 << 10, 256 << 10, maxBody}

// atOnce is how large a buffer a body gets because it says that it needs it; for
// more it must have sent what fits the one before. Otherwise a few senders that
// announce much and send nothing would take all the room.
const atOnce = 16 << 10

func newRoom(bytes int64) *room {
	r := &room{}
	r.left.Store(bytes)
	return r
}

// body is a received body in a buffer that is used again.
type body struct {
	bytes   []byte
	size    int // of the buffer, an index of bodySizes
	room    *room
	verdict chan error // of the intake, for whoever waits for it
}

// buffer returns an empty body whose buffer has a size of bodySizes.
func (r *room) buffer(size int) (*body, error) {
	bytes := int64(bodySizes[size])
	if r.left.Add(-bytes) < 0 {
		r.left.Add(bytes)
		return nil, errFull
	}
	if b, ok := r.pools[size].Get().(*body); ok {
		b.bytes = b.bytes[:0]
		return b, nil
	}
	return &body{bytes: make([]byte, 0, bytes), size: size, room: r, verdict: make(chan error, 1)}, nil
}

// release gives the buffer back; the body is not touched after it.
func (b *body) release() {
	r := b.room
	r.left.Add(int64(bodySizes[b.size]))
	r.pools[b.size].Put(b)
}

// read reads a body whole. length is what the sender announced, -1 when it did
// not. The caller releases the body.
func (r *room) read(src io.Reader, length int64) (*body, error) {
	if length > maxBody {
		return nil, errTooLarge
	}
	b, err := r.buffer(sizeFor(min(length, atOnce)))
	if err != nil {
		return nil, err
	}
	for {
		n, err := src.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			b.release()
			return nil, err
		case len(b.bytes) < cap(b.bytes):
			continue
		case len(b.bytes) == maxBody:
			if err := ended(src); err != nil {
				b.release()
				return nil, err
			}
			return b, nil
		}
		if b, err = r.grow(b, length); err != nil {
			return nil, err
		}
	}
}

// grow moves a body to a larger buffer; when there is no room it releases it.
func (r *room) grow(b *body, length int64) (*body, error) {
	larger, err := r.buffer(max(b.size+1, sizeFor(min(length, 4*int64(len(b.bytes))))))
	if err == nil {
		larger.bytes = append(larger.bytes, b.bytes...)
	}
	b.release()
	return larger, err
}

// sizeFor is the smallest size of buffer for so many bytes.
func sizeFor(bytes int64) int {
	for i, size := range bodySizes {
		if bytes <= int64(size) {
			return i
		}
	}
	return len(bodySizes) - 1
}

// ended reports whether nothing follows.
func ended(src io.Reader) error {
	switch _, err := io.ReadFull(src, make([]byte, 1)); {
	case err == nil:
		return errTooLarge
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}
