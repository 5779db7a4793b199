echo "removing what is left"
