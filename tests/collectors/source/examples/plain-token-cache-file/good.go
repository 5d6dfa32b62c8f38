package orders

func storage(path string) (accessor.Accessor, error) {
	return accessor.New("contoso-orders")
}
