package sqlite

import (
	"context"
	"fmt"
	"sync"
)

// names are the texts that the file keeps once, both ways. They are only ever
// added to, by any process, so what is known stays right.
type names struct {
	lock   sync.Mutex
	number map[string]int64
	text   map[int64]string
}

func (n *names) know(number int64, text string) {
	n.lock.Lock()
	defer n.lock.Unlock()
	if n.number == nil {
		n.number, n.text = map[string]int64{}, map[int64]string{}
	}
	n.number[text], n.text[number] = number, text
}

func (n *names) numberOf(text string) (number int64, ok bool) {
	n.lock.Lock()
	defer n.lock.Unlock()
	number, ok = n.number[text]
	return number, ok
}

func (n *names) textOf(number int64) (text string, ok bool) {
	n.lock.Lock()
	defer n.lock.Unlock()
	text, ok = n.text[number]
	return text, ok
}

// name returns the text of a number, as c sees it.
func (a *Archive) name(c *conn, number int64) (string, error) {
	if text, ok := a.names.textOf(number); ok {
		return text, nil
	}
	var text string
	found, err := c.first(context.Background(), `SELECT name FROM names WHERE n = ?`, []any{number}, func(r row) { text = r.text(0) })
	if err == nil && !found {
		err = fmt.Errorf("the name %d is missing", number)
	}
	if err == nil {
		a.names.know(number, text)
	}
	return text, err
}

// number returns the number of a text, 0 when it has none yet; numbers begin
// with 1.
func (a *Archive) number(c *conn, text string) (int64, error) {
	if number, ok := a.names.numberOf(text); ok {
		return number, nil
	}
	number, err := c.integer(context.Background(), `SELECT n FROM names WHERE name = ?`, text)
	if err == nil && number != 0 {
		a.names.know(number, text)
	}
	return number, err
}
