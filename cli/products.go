package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) productsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "products", Short: "Read the product source", Args: cobra.NoArgs, RunE: needsSubcommand}
	var unchecked bool
	list := &cobra.Command{
		Use: "list", Short: "List the products with what Stripe charges for them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
				rows, err := d.Products.Get(ctx)
				if err != nil {
					return err
				}
				if !unchecked {
					if rows, err = d.Products.Check(ctx, rows); err != nil {
						return err
					}
				}
				return s.print(rows, func() error { return s.productTable(rows) })
			})
		},
	}
	list.Flags().BoolVar(&unchecked, "no-check", false, "do not ask Stripe about the prices")
	cmd.AddCommand(list, s.productsImport())
	return cmd
}

func (s *session) productsImport() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Add a product source from a CSV file (Name, Description, Price, Price ID)", Args: cobra.ExactArgs(1),
		Long: "Adds a product source of its own from a CSV file and prints its number; no other\n" +
			"source is changed. Choose it with bursar config set --product-source N.",
	}
	cmd.Flags().StringVar(&name, "name", "", "the source's name; the file's when not given")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := readFile(args[0])
		if err != nil {
			return err
		}
		if name == "" {
			name = strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
		}
		desks, _, err := s.desks()
		if err != nil {
			return err
		}
		source, err := desks.ImportProducts(cmd.Context(), name, text)
		if err != nil {
			return err
		}
		return s.print(source, func() error {
			_, err := fmt.Fprintf(s.Stdout, "Product source %d, %s: %s\n", source.Number, source.Name, rowsWords(source.Rows))
			return err
		})
	}
	return cmd
}

// rowsWords says how many rows a source has.
func rowsWords(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprint(n, " rows")
}

// readFile reads a file that a person named, of at most 11 MiB: a little more
// than the catalogue takes, so that it is the one to refuse.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, services.Invalid("file", "The file cannot be read: "+services.Clean(err.Error())+".", "Check its name and rights.")
	}
	defer f.Close() //nolint:errcheck // only read
	return io.ReadAll(io.LimitReader(f, 11<<20))
}

func (s *session) productTable(rows []services.Product) error {
	table := make([][]string, 0, len(rows))
	for _, p := range rows {
		charged := ""
		if p.Offer != nil {
			charged = p.Offer.Label()
		}
		table = append(table, []string{p.Price, charged, p.PriceID, stateWords(p.State), p.Name})
	}
	return s.table([]string{"PRICE", "CHARGED", "PRICE ID", "STATE", "NAME"}, table)
}

// stateWords says a product's state for a person.
func stateWords(state services.ProductState) string {
	switch state {
	case services.ProductMissing:
		return "not at Stripe"
	case services.ProductArchived:
		return "archived"
	case services.ProductDiffers:
		return "price differs"
	case services.ProductUnchecked:
		return "not checked"
	}
	return "ok"
}
