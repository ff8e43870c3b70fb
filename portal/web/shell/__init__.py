"""What all pages share: guards, acting, formats, forms, errors, templates, styles."""
