package catalog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"bursar/services"
)

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	const good = "Name,Price,Price ID\nMug,12.00,price_1\nTea,3.50,price_2\n"
	put(t, dir, "10-Second-shop.csv", good)
	put(t, dir, "2-broken.csv", "nothing of use")
	put(t, dir, "3.csv", good)
	put(t, dir, "3-twice.csv", good)
	for _, other := range []string{"notes.txt", "x-1.csv", "0-zero.csv", "-1-minus.csv", "04-padded.csv", ".saving-1"} {
		put(t, dir, other, good)
	}
	put(t, dir, "5-\x1b[31mred.csv", good)
	if err := os.Mkdir(filepath.Join(dir, "6-folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := New(dir).Sources(t.Context())
	want := []services.ProductSource{{Number: 2, Name: "broken"}, {Number: 3, Name: "twice", Rows: 2}, {Number: 5, Name: "red", Rows: 2}, {Number: 10, Name: "Second shop", Rows: 2}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if got, err := New(filepath.Join(dir, "absent")).Sources(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("without a folder: %v %v", got, err)
	}
}

func TestRowsErrors(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "1-shop.csv", "Name,Price\n")
	c := New(dir)
	var e *services.Error
	if _, err := c.Rows(t.Context(), 1); !errors.As(err, &e) || e.Code != services.CodeInvalid || !strings.Contains(e.Message, "source 1: Line 1") || !strings.Contains(e.Next, "1-shop.csv") {
		t.Errorf("%+v", e)
	}
	if _, err := c.Rows(t.Context(), 7); services.CodeOf(err) != services.CodeNotFound || services.AsError(err).Next == "" {
		t.Errorf("absent: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Rows(ended, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	put(t, dir, "file", "")
	if _, err := New(filepath.Join(dir, "file")).Sources(t.Context()); services.CodeOf(err) != services.CodeStorage {
		t.Errorf("a file in place of the folder: %v", err)
	}
}

func TestPutAndRows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "products")
	c := New(dir)
	rows := []services.Product{
		{Name: "Tea", Description: "Green, \"loose\"\nand fresh", Price: "1500", PriceID: "price_jpy", Columns: map[string]string{"Origin": "日本", "Stock": "4"}},
		{Name: "Dates", Price: "1.250", PriceID: "price_kwd"},
	}
	if err := c.Put(t.Context(), 1, "Demo: shop/..", rows); err != nil {
		t.Fatal(err)
	}
	got, err := c.Rows(t.Context(), 1)
	want := []services.Product{
		{Row: 1, Name: "Tea", Description: "Green, \"loose\" and fresh", Price: "1500", PriceID: "price_jpy", Columns: map[string]string{"Origin": "日本", "Stock": "4"}, State: services.ProductUnchecked},
		{Row: 2, Name: "Dates", Price: "1.250", PriceID: "price_kwd", Columns: map[string]string{"Origin": "", "Stock": ""}, State: services.ProductUnchecked},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	info, err := os.Stat(filepath.Join(dir, "1-Demo-shop.csv"))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := c.Put(t.Context(), 1, "Renamed", rows[:1]); err != nil {
		t.Fatal(err)
	}
	list, err := c.Sources(t.Context())
	if err != nil || len(list) != 1 || list[0] != (services.ProductSource{Number: 1, Name: "Renamed", Rows: 1}) {
		t.Errorf("after renaming: %+v %v", list, err)
	}
	if err := c.Put(t.Context(), 1, "Renamed", nil); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("no rows: %v", err)
	}
	if err := c.Put(t.Context(), 0, "x", rows); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("number 0: %v", err)
	}
	if got, err := c.Rows(t.Context(), 1); err != nil || len(got) != 1 {
		t.Errorf("a refused Put changed the source: %v %v", got, err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.csv")); len(files) != 1 {
		t.Errorf("files are left: %v", files)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, ".saving*")); len(files) != 0 {
		t.Errorf("temporary files are left: %v", files)
	}
}

func TestImport(t *testing.T) {
	dir := t.TempDir()
	c := New(dir)
	const text = "\xef\xbb\xbfPrice ID,Name,Price,Colour\r\nprice_1,Mug,12,blue\r\n"
	put(t, dir, "4-old.csv", text)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if s, err := New(dir).Import(t.Context(), "My shop.csv", []byte(text)); err != nil || s.Rows != 1 || s.Name != "My shop" {
				t.Errorf("%+v %v", s, err)
			}
		})
	}
	wg.Wait()
	list, err := c.Sources(t.Context())
	if err != nil || len(list) != 7 || list[6].Number != 10 {
		t.Errorf("%+v %v", list, err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "5-My-shop.csv")); string(b) != text {
		t.Errorf("the text was changed: %q", b)
	}
	if _, err := c.Import(t.Context(), "x", []byte("Name\nMug\n")); services.CodeOf(err) != services.CodeInvalid || services.AsError(err).Op == "" {
		t.Errorf("%v", err)
	}
	if list, _ := c.Sources(t.Context()); len(list) != 7 {
		t.Error("a refused import left something")
	}
}

// TestPutAtOnce: two names for one number leave one file, however often they meet.
func TestPutAtOnce(t *testing.T) {
	rows := []services.Product{{Name: "Mug", Price: "1", PriceID: "price_1"}}
	for range 25 {
		dir := t.TempDir()
		var wg sync.WaitGroup
		for _, name := range []string{"a", "b", "c", "d"} {
			wg.Go(func() {
				if err := New(dir).Put(t.Context(), 1, name, rows); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if files, _ := filepath.Glob(filepath.Join(dir, "*.csv")); len(files) != 1 {
			t.Fatalf("files: %v", files)
		}
	}
}

// TestPutWhileReading: a reader sees one whole state or the other.
func TestPutWhileReading(t *testing.T) {
	c := New(t.TempDir())
	states := [][]services.Product{make([]services.Product, 1), make([]services.Product, 400)}
	for _, rows := range states {
		for i := range rows {
			rows[i] = services.Product{Name: strings.Repeat("x", 50), Price: "1", PriceID: "price_1"}
		}
	}
	if err := c.Put(t.Context(), 1, "shop", states[0]); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 20 {
			if err := c.Put(t.Context(), 1, "shop", states[i%2]); err != nil {
				t.Error(err)
			}
		}
	})
	for range 100 {
		if rows, err := c.Rows(t.Context(), 1); err != nil || len(rows) != 1 && len(rows) != 400 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	}
	wg.Wait()
}
