"""`custody run`: keeps store, worker, notifier and board running. One that ends is started again."""
