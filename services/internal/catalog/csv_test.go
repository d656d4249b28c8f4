package catalog

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"bursar/services"
)

func TestParse(t *testing.T) {
	mug := services.Product{Row: 1, Name: "Mug", Description: "Blue", Price: "12.00", PriceID: "price_1", State: services.ProductUnchecked}
	with := func(change func(*services.Product)) []services.Product {
		p := mug
		change(&p)
		return []services.Product{p}
	}
	tests := []struct {
		name, text string
		want       []services.Product
	}{
		{"plain", "Name,Description,Price,Price ID\nMug,Blue,12.00,price_1\n", []services.Product{mug}},
		{"no last line break", "Name,Description,Price,Price ID\nMug,Blue,12.00,price_1", []services.Product{mug}},
		{"CRLF and byte order mark", "\xef\xbb\xbfName,Description,Price,Price ID\r\nMug,Blue,12.00,price_1\r\n", []services.Product{mug}},
		{"quoted header after byte order mark", "\xef\xbb\xbf\"Name\",Description,Price,Price ID\nMug,Blue,12.00,price_1\n", []services.Product{mug}},
		{"other order, spaces", " Price ID ,Price,Name,Description\n price_1 , 12.00,Mug ,Blue\n", []services.Product{mug}},
		{"no description", "Name,Price,Price ID\nMug,12.00,price_1\n", with(func(p *services.Product) { p.Description = "" })},
		{"short row", "Price ID,Name,Price,Description\nprice_1,Mug,12.00\n", with(func(p *services.Product) { p.Description = "" })},
		{"blank lines", "Name,Description,Price,Price ID\n\n,,,\n  \nMug,Blue,12.00,price_1\n\n", []services.Product{mug}},
		{"spreadsheet's empty columns", "Name,Description,Price,Price ID,,\nMug,Blue,12.00,price_1,,\n", []services.Product{mug}},
		{"further columns", "Name,Description,Price,Price ID,Stock\nMug,Blue,12.00,price_1,7\n", with(func(p *services.Product) { p.Columns = map[string]string{"Stock": "7"} })},
		{"quotes, commas, line breaks", "Name,Description,Price,Price ID\n\"The \"\"7\"\", big\",\"a\r\nb\",12.00,price_1\n", with(func(p *services.Product) { p.Name, p.Description = `The "7", big`, "a b" })},
		{"cleaned", "Name,Description,Price,Price ID\n\x1b[31mMug\x1b[0m\u202e,Bl\x07ue,12.00,price_1\n", []services.Product{mug}},
		{"price is text", "Name,Description,Price,Price ID\nMug,Blue,from twelve,price_1\n", with(func(p *services.Product) { p.Price = "from twelve" })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse([]byte(tt.text))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "Name,Description,Price,Price ID\n"
	tests := []struct{ name, text, message, next string }{
		{"nothing", "", "The file is empty.", "Name,Description"},
		{"only a mark", "\xef\xbb\xbf", "The file is empty.", "Name,Description"},
		{"no rows", head + "\n,,\n", "no rows", "Add a product"},
		{"missing column", "Name,Description,Price\nMug,Blue,1\n", `Line 1: there is no column "Price ID"`, "names the columns"},
		{"wrong case", "Name,Price,price id\nMug,1,p\n", `no column "Price ID"`, `"price id": write it exactly as "Price ID"`},
		{"semicolons", "Name;Description;Price;Price ID\nMug;Blue;1;p\n", "no column", "semicolons"},
		{"twice", "Name,Price,Price ID,Stock, Stock\nMug,1,p,1,2\n", `Line 1: the column "Stock" is there twice`, "Rename"},
		{"too many values", head + "Mug,Blue,1,000,price_1\n", "Line 2: the row has 5 values for 4 columns", "double quotes"},
		{"stray quote", head + "ok,ok,1,p\nThe 7\" one,Blue,1,p\n", "Line 3: a double quote", "double quotes"},
		{"open quote", head + "a,b,1,p\n\"Mug,Blue,1,p\nx,y,1,p\n", "Line 3: a value that begins", "double quotes"},
		{"text after a quote", head + "\"a\"b,c,1,p\n", "Line 2: a value that begins", "double quotes"},
		{"not UTF-8", head + "ok,ok,1,p\nCaf\xe9,Blue,1,p\n", "Line 3: the text is not UTF-8", "CSV UTF-8"},
		{"UTF-16", "\xff\xfeN\x00a\x00", "Line 1: the text is not UTF-8", "CSV UTF-8"},
		{"too large", head + strings.Repeat("x", fileLimit), "larger than 10 MiB", "Split"},
		{"too many columns", "Name,Price,Price ID" + strings.Repeat(",x", columnLimit), "Line 1: the file has more than 200 columns", "Remove"},
		{"too many rows", head + strings.Repeat("a,b,1,p\n", rowLimit+1), "Line 50002: the file has more than 50,000 rows", "Split"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse([]byte(tt.text))
			var e *services.Error
			if !errors.As(err, &e) || e.Code != services.CodeInvalid || !strings.Contains(e.Message, tt.message) || !strings.Contains(e.Next, tt.next) {
				t.Errorf("got %+v, want %q and %q", err, tt.message, tt.next)
			}
		})
	}
}

// FuzzParse: any bytes are refused in words or become rows that are clean and
// that survive being written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte("Name,Description,Price,Price ID\nMug,Blue,12.00,price_1\n"))
	f.Add([]byte("\xef\xbb\xbfPrice ID,Name,Price,Stock\r\np,\"a\"\"\r\nb\",1,\r\n"))
	f.Add([]byte("Name,Price,Price ID,,Name \n\x1b]0;x\x07,1,p"))
	f.Add([]byte("Name,Price,Price ID\n\"open,1,p\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := parse(text)
		if err != nil {
			if e := services.AsError(err); e.Code != services.CodeInvalid || e.Message == "" || e.Next == "" || services.Clean(e.Message) != e.Message {
				t.Errorf("%#v", err)
			}
			return
		}
		var out bytes.Buffer
		if err := encode(&out, rows); err != nil {
			t.Fatal(err)
		}
		again, err := parse(out.Bytes())
		if err != nil {
			t.Fatalf("%v in %q", err, out.Bytes())
		}
		for i := range rows { // a value that is missing and one that is empty are written alike
			for name := range again[i].Columns {
				if rows[i].Columns == nil {
					rows[i].Columns = map[string]string{}
				}
				rows[i].Columns[name] += ""
			}
		}
		if !reflect.DeepEqual(rows, again) {
			t.Errorf("%+v became %+v", rows, again)
		}
		for _, p := range rows {
			if services.Clean(p.Name) != p.Name || strings.TrimSpace(p.PriceID) != p.PriceID {
				t.Errorf("not clean: %+v", p)
			}
		}
	})
}
