// Light, dark, or as the system has it.

const NAMES = ["system", "light", "dark"];
const SAYS = {system: "Colours: as the system", light: "Colours: light", dark: "Colours: dark"};
const SIGNS = {system: "\u25d0", light: "\u2600", dark: "\u263e"};

function stored() {
    try {
        const name = localStorage.getItem("fer-theme");
        return NAMES.includes(name) ? name : "system";
    } catch {
        return "system"; // a browser that keeps nothing
    }
}

function keep(name) {
    try {
        localStorage.setItem("fer-theme", name);
    } catch {
        // a browser that keeps nothing
    }
}

export function themeButton(button) {
    function show(name) {
        document.documentElement.dataset.theme = name;
        button.textContent = SIGNS[name];
        button.title = SAYS[name];
        button.setAttribute("aria-label", SAYS[name]);
    }
    let now = stored();
    show(now);
    button.addEventListener("click", () => {
        now = NAMES[(NAMES.indexOf(now) + 1) % NAMES.length];
        keep(now);
        show(now);
    });
}
