package cli

import (
	"context"

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
	cmd.AddCommand(list)
	return cmd
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
