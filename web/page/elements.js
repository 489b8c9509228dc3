// Elements of the page, made without parsing text as HTML.

/** make("button", {type: "button", class: "small", onclick}, "Save", ...): an element with attributes and children. */
export function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === "function" || typeof value === "boolean") element[key] = value;
        else if (value !== null && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
}

export const find = id => document.getElementById(id);

/** Set a text only if it changes: a screen reader may read it anew otherwise. */
export function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/** What screen readers say next. */
export function announce(text) {
    setText(find("status"), text);
}
