"""The sports platform of Shanghai Jiao Tong University."""
