import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "native/", "bin/", "*.js", "*.ts", "scripts/"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_$" }],
      eqeqeq: "error",
    },
  },
  {
    // Clock and randomness belong to the edges, so that everything else can be tested without waiting.
    files: ["src/**/*.ts"],
    ignores: ["src/sys/**", "src/notify/**", "src/daemon/**"],
    rules: {
      "no-restricted-globals": ["error", "setTimeout", "setInterval", "setImmediate"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now" },
        { object: "Math", property: "random" },
        { object: "performance", property: "now" },
        { object: "process", property: "hrtime" },
      ],
    },
  },
  { files: ["test/**/*.ts", "netns-tests/**/*.ts", "bench/**/*.ts"], rules: { "@typescript-eslint/require-await": "off" } },
);
